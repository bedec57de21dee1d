import { Skeleton } from '@cvault/ui/skeleton'
import { Page } from '../../../components/page.tsx'

export default function SupportLoading() {
  return (
    <Page title="Support" intro="Look whether it is known, or write to us.">
      <div className="grid grid-cols-1 items-start gap-6 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <Skeleton label="Loading support" className="h-[32rem]" />
        <Skeleton className="h-72" />
      </div>
    </Page>
  )
}
