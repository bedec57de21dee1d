import { useRouteError } from 'react-router'
import { Button } from '@cvault/ui/button'
import { ErrorNotice } from '../components/error-notice.tsx'

/** A page that could not be shown, e.g. because its code could not be loaded after an update. */
export function BrokenPage() {
  const error = useRouteError()
  return (
    <main className="mx-auto grid max-w-xl gap-6 p-6">
      <h1 className="text-3xl font-bold">This page could not be shown</h1>
      <ErrorNotice error={error} />
      <div>
        <Button variant="primary" onClick={() => window.location.reload()}>
          Reload
        </Button>
      </div>
    </main>
  )
}
