import { buttonClass } from '@cvault/ui/button-class'
import { cookies } from 'next/headers'
import { Link } from '../../components/link.tsx'
import type { ReactNode } from 'react'
import { ThemeMenu } from '../../components/theme-menu.tsx'
import { readAccount } from '../../lib/account.ts'
import { readSession } from '../../lib/session.ts'
import { parseTheme, themeCookieName } from '../../lib/theme.ts'
import AppLayout from '../(app)/layout.tsx'

/** Docs are everybody's: in the portal's frame for who is signed in, also when the API is away in a frame of their own. */
export default async function DocsLayout({ children }: { children: ReactNode }) {
  return (await isSignedIn()) ? <AppLayout>{children}</AppLayout> : <PublicFrame>{children}</PublicFrame>
}

async function isSignedIn(): Promise<boolean> {
  if (!(await readSession())) return false
  return readAccount().then(
    () => true,
    () => false,
  )
}

async function PublicFrame({ children }: { children: ReactNode }) {
  const jar = await cookies()
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="border-b border-line bg-surface print:hidden">
        <div className="mx-auto flex min-h-16 w-full max-w-6xl items-center gap-2 px-4 sm:px-6 lg:px-10">
          <Link href="/docs" className="flex min-h-11 flex-1 items-center gap-3 text-lg font-bold">
            <img src="/icon.svg" alt="" width={32} height={32} />
            <span>
              CVault <span className="font-normal text-muted max-[25rem]:sr-only">Docs</span>
            </span>
          </Link>
          <ThemeMenu initial={parseTheme(jar.get(themeCookieName)?.value)} />
          <Link href="/login" className={buttonClass('quiet')}>
            Sign in
          </Link>
          <Link href="/signup" className={buttonClass('primary', 'max-sm:hidden')}>
            Create an account
          </Link>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-6xl flex-1 px-4 py-6 outline-none sm:px-6 sm:py-8 lg:px-10">
        {children}
      </main>
    </div>
  )
}
