import { cookies } from 'next/headers'
import { Link } from '../../components/link.tsx'
import type { ReactNode } from 'react'
import { OtherWayIn } from '../../components/other-way-in.tsx'
import { ThemeMenu } from '../../components/theme-menu.tsx'
import { parseTheme, themeCookieName } from '../../lib/theme.ts'

/** The frame of every page that comes before one is signed in. */
export default async function AuthLayout({ children }: { children: ReactNode }) {
  const theme = parseTheme((await cookies()).get(themeCookieName)?.value)
  return (
    <div className="grid min-h-dvh grid-rows-[auto_1fr_auto] px-4">
      <header className="mx-auto flex w-full max-w-md items-center justify-between py-4">
        <Link href="/" className="flex min-h-11 items-center gap-3 rounded-lg text-lg font-bold">
          <img src="/icon.svg" alt="" width={32} height={32} />
          CVault
        </Link>
        <ThemeMenu initial={theme} />
      </header>
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-md py-6 sm:py-12">
        {children}
      </main>
      <footer className="mx-auto flex w-full max-w-md flex-wrap gap-x-5 py-4 text-sm text-muted">
        <Link className="inline-flex min-h-11 items-center underline-offset-4 hover:underline" href="/docs">
          Documentation
        </Link>
        <OtherWayIn className="inline-flex min-h-11 items-center underline-offset-4 hover:underline" />
      </footer>
    </div>
  )
}
