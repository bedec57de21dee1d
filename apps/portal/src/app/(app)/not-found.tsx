import type { Metadata } from 'next'
import { Missing } from '../../components/missing.tsx'

export const metadata: Metadata = { title: 'Not found' }

export default function AppNotFound() {
  return (
    <Missing href="/dashboard" label="To the dashboard">
      What this link is about does not exist in your account. It may have been removed, or the address lacks a letter.
    </Missing>
  )
}
