import type { Metadata, Viewport } from 'next'
import { cookies, headers } from 'next/headers'
import type { ReactNode } from 'react'
import { Providers } from '../components/providers.tsx'
import { parseTheme, themeCookieName } from '../lib/theme.ts'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'CVault', template: '%s · CVault' },
  description: 'Put a VPN into your app, and watch it work',
}

export const viewport: Viewport = { colorScheme: 'light dark' }

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? undefined
  const theme = parseTheme((await cookies()).get(themeCookieName)?.value)
  return (
    <html lang="en" data-theme={theme} suppressHydrationWarning>
      <body>
        <a
          href="#main"
          className="fixed top-2 left-2 z-50 -translate-y-24 rounded-lg bg-accent px-4 py-3 font-semibold text-on-accent focus:translate-y-0"
        >
          Skip to the page
        </a>
        <Providers nonce={nonce}>{children}</Providers>
      </body>
    </html>
  )
}
