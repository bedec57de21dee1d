import { Notice } from '@cvault/ui/notice'
import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { Link } from '../../components/link.tsx'
import type { ReactNode } from 'react'
import { BrandStyle } from '../../components/brand-style.tsx'
import { Form, SubmitButton } from '../../components/form.tsx'
import { DrawerNavigation, SideNavigation } from '../../components/navigation.tsx'
import { ThemeMenu } from '../../components/theme-menu.tsx'
import { UnconfirmedNotice } from '../../components/unconfirmed-notice.tsx'
import { readAccount } from '../../lib/account.ts'
import { cssOf } from '../../lib/brand.ts'
import { csrfToken } from '../../lib/session.ts'
import { readBrand } from '../../lib/settings.ts'
import { parseTheme, themeCookieName } from '../../lib/theme.ts'
import { signOut } from './actions.ts'

export async function generateMetadata(): Promise<Metadata> {
  const { name } = await readBrand()
  return { title: { default: name, template: `%s · ${name}` } }
}

/** The frame of every page of a member who is signed in. */
export default async function AppLayout({ children }: { children: ReactNode }) {
  const [account, brand, csrf, jar] = await Promise.all([readAccount(), readBrand(), csrfToken(), cookies()])
  const { email, permissions, tenant } = account
  return (
    <>
      <BrandStyle css={cssOf(brand.tokens)} />
      <SideNavigation permissions={permissions} brand={brand} />
      <div className="flex min-h-dvh flex-col lg:pl-60">
        <header className="flex min-h-16 items-center gap-2 border-b border-line bg-surface px-4 sm:px-6 lg:px-10">
          <DrawerNavigation permissions={permissions} brand={brand} />
          <p className="min-w-0 flex-1 truncate font-semibold">{tenant.name}</p>
          <Link href="/account" className="hidden min-h-11 items-center rounded-lg px-2 text-sm text-muted hover:text-ink sm:inline-flex">
            {email}
          </Link>
          <ThemeMenu initial={parseTheme(jar.get(themeCookieName)?.value)} />
          <Form action={signOut} csrf={csrf} className="contents">
            <SubmitButton variant="quiet">Sign out</SubmitButton>
          </Form>
        </header>
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-6xl flex-1 px-4 py-6 outline-none sm:px-6 sm:py-8 lg:mx-0 lg:px-10">
          <div className="mb-6 grid gap-3 empty:hidden">
            {tenant.status === 'suspended' && (
              <Notice tone="danger" title="This account is suspended">
                Your users’ tunnels are down. You can look at everything, and change nothing until it is reactivated.
              </Notice>
            )}
            {!account.emailVerified && <UnconfirmedNotice account={account} csrf={csrf} />}
            {tenant.isDemo && (
              <Notice tone="info" title="Demo data">
                The numbers of this account were made by a simulator.
              </Notice>
            )}
          </div>
          {children}
        </main>
      </div>
    </>
  )
}
