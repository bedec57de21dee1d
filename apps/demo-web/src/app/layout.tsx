import { WifiOff } from 'lucide-react'
import { useEffect } from 'react'
import { Link, Outlet, ScrollRestoration } from 'react-router'
import { Toasts } from '@cvault/ui/toasts'
import { useAppState } from '../session/app-state.tsx'
import { DemoBanner } from './demo-banner.tsx'
import { Navigation } from './navigation.tsx'
import { useIsOnline } from './online-status.ts'
import { SignOutButton } from './sign-out-button.tsx'
import { ThemeMenu } from './theme-menu.tsx'

/** The frame of every page: banner, navigation (below on phones, at the side elsewhere), header, page, footer. */
export function Layout() {
  const { user } = useAppState()
  // Not before there is a place for its message: a new version may be waiting already.
  useEffect(() => {
    void import('./service-worker.ts').then(({ registerServiceWorker }) => registerServiceWorker())
  }, [])
  return (
    <>
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-accent font-semibold text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:px-4 focus:py-3"
      >
        Skip to the page
      </a>
      <div className="flex min-h-dvh flex-col lg:pl-60">
        <DemoBanner />
        <header className="flex min-h-16 items-center gap-2 border-b border-line bg-surface px-4 sm:px-6 lg:px-10">
          <Link to="/" className="flex min-h-11 items-center gap-2 rounded-lg font-bold lg:hidden">
            <img src="/icon.svg" alt="" width={28} height={28} />
            CVault Demo
          </Link>
          {user !== null && (
            <p className="hidden truncate text-sm text-muted sm:ml-3 sm:block lg:ml-0">
              Signed in as <span className="font-medium text-ink">{user.email ?? user.externalUserId}</span>
            </p>
          )}
          <div className="ml-auto flex items-center">
            <ThemeMenu />
            {user !== null && <SignOutButton />}
          </div>
        </header>
        <OfflineNotice />
        {/* As high as a phone's screen at least: what comes while loading does not push a footer that is seen. */}
        <main
          id="main"
          tabIndex={-1}
          className="mx-auto w-full max-w-5xl flex-1 px-4 py-6 max-lg:min-h-dvh sm:px-6 sm:py-8 lg:mx-0 lg:px-10"
        >
          <Outlet />
        </main>
        <Footer />
      </div>
      <Navigation />
      <Toasts />
      <ScrollRestoration />
    </>
  )
}

function OfflineNotice() {
  const isOnline = useIsOnline()
  return (
    <div role="status" aria-label="Network">
      {!isOnline && (
        <p className="flex items-center gap-2 bg-danger-soft px-4 py-2 text-sm text-danger sm:px-6 lg:px-10">
          <WifiOff aria-hidden size={16} className="shrink-0" />
          <span>
            <strong>You are offline.</strong> The app itself works; what comes from the API comes when the network is back.
          </span>
        </p>
      )}
    </div>
  )
}

function Footer() {
  const { deployment } = useAppState()
  const entry = 'inline-flex min-h-11 items-center underline-offset-4 hover:text-ink hover:underline'
  return (
    <footer className="flex flex-wrap items-center gap-x-5 border-t border-line px-4 pt-2 pb-[calc(5.5rem+env(safe-area-inset-bottom))] text-sm text-muted sm:px-6 lg:px-10 lg:pb-2">
      <span className="inline-flex min-h-11 items-center">CVault Demo {__VERSION__}</span>
      <Link to="/about" className={entry}>
        About this demo
      </Link>
      <Link to="/configure" className={entry}>
        Configuration
      </Link>
      {deployment?.docsUrl != null && (
        <a href={deployment.docsUrl} className={entry}>
          Documentation
        </a>
      )}
    </footer>
  )
}
