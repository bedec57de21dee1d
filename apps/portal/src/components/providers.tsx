'use client'

import { CSPProvider } from '@base-ui/react/csp-provider'
import { Toasts } from '@cvault/ui/toasts'
import type { ReactNode } from 'react'

export function Providers({ nonce, children }: { nonce: string | undefined; children: ReactNode }) {
  return (
    <CSPProvider nonce={nonce}>
      {children}
      <Toasts />
    </CSPProvider>
  )
}
