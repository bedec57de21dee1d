'use client'

import { Failed, type FailedProps } from '../components/failed.tsx'
import './globals.css'

/** When the root layout itself failed: it stands in for it. */
export default function GlobalError(props: FailedProps) {
  return (
    <html lang="en">
      <head>
        <title>Something went wrong · CVault</title>
      </head>
      <body>
        <main id="main" tabIndex={-1} className="px-4 py-16 outline-none">
          <Failed {...props} />
        </main>
      </body>
    </html>
  )
}
