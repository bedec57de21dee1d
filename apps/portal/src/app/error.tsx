'use client'

import { Failed, type FailedProps } from '../components/failed.tsx'

/** When not even the frame could be shown, e.g. since the API is away. */
export default function RootError(props: FailedProps) {
  return (
    <main id="main" tabIndex={-1} className="px-4 py-16 outline-none">
      <Failed {...props} />
    </main>
  )
}
