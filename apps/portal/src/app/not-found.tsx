import type { Metadata } from 'next'
import { Missing } from '../components/missing.tsx'

export const metadata: Metadata = { title: 'Not found' }

export default function NotFound() {
  return (
    <main id="main" tabIndex={-1} className="px-4 py-16 outline-none">
      <Missing href="/" label="To the portal">
        No page of the portal has this address. Check it for a missing letter.
      </Missing>
    </main>
  )
}
