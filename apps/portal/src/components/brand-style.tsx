'use client'

import { useState } from 'react'

/** The account's colours. Only the nonce of the first load counts for the browser, so it stays when the colours change. */
export function BrandStyle({ css, nonce }: { css: string; nonce: string | undefined }) {
  const [first] = useState(nonce)
  return (
    <style nonce={first} suppressHydrationWarning>
      {css}
    </style>
  )
}
