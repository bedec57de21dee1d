'use client'

import { useNonce } from './providers.tsx'

/** The account's colours, for the frame and all in it. */
export function BrandStyle({ css }: { css: string }) {
  const nonce = useNonce()
  if (css === '') return null
  return (
    <style nonce={nonce} suppressHydrationWarning>
      {css}
    </style>
  )
}
