import type { Metadata } from 'next'
import { Missing } from '../../components/missing.tsx'
import { readSession } from '../../lib/session.ts'
import AppLayout from '../(app)/layout.tsx'
import NotFound from '../not-found.tsx'

export const metadata: Metadata = { title: 'Not found' }

/** With the navigation for those who are signed in: they lost their way, not their account. */
export default async function MissingNotFound() {
  if ((await readSession()) === null) return <NotFound />
  return (
    <AppLayout>
      <Missing href="/dashboard" label="To the dashboard">
        No page of the portal has this address. Check it for a missing letter.
      </Missing>
    </AppLayout>
  )
}
