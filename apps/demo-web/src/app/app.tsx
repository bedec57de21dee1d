import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClientProvider } from '@tanstack/react-query'
import { Suspense, use } from 'react'
import { createBrowserRouter } from 'react-router'
import { RouterProvider } from 'react-router/dom'
import { AppStateProvider } from '../session/app-state.tsx'
import type { Boot } from '../session/boot.ts'
import { createQueryClient } from '../session/query-client.ts'
import { routes } from './routes.tsx'

const queryClient = createQueryClient()
const router = createBrowserRouter(routes)

export function App({ booting }: { booting: Promise<Boot> }) {
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Suspense fallback={<Splash />}>
          <Booted booting={booting} />
        </Suspense>
      </QueryClientProvider>
    </CSPProvider>
  )
}

function Booted({ booting }: { booting: Promise<Boot> }) {
  return (
    <AppStateProvider boot={use(booting)}>
      <RouterProvider router={router} />
    </AppStateProvider>
  )
}

function Splash() {
  return (
    <main className="grid min-h-dvh place-items-center p-6">
      <div role="status" className="grid justify-items-center gap-4 text-muted">
        <img src="/icon.svg" alt="" width={56} height={56} />
        <p>Starting CVault Demo…</p>
      </div>
    </main>
  )
}
