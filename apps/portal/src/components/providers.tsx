'use client'

import { CSPProvider } from '@base-ui/react/csp-provider'
import { Toasts } from '@cvault/ui/toasts'
import { createContext, type ReactNode, use, useState } from 'react'

const Nonce = createContext<string | undefined>(undefined)

/** The nonce of the document. Every answer brings a new one; the browser goes by that of the page it loaded. */
export const useNonce = (): string | undefined => use(Nonce)

export function Providers({ nonce, children }: { nonce: string | undefined; children: ReactNode }) {
  const [first] = useState(nonce)
  return (
    <Nonce value={first}>
      <CSPProvider nonce={first}>
        {children}
        <Toasts />
      </CSPProvider>
    </Nonce>
  )
}
