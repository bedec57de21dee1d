import type CVault from '@cvault/sdk-js'
import type { AuthUser, CVaultEvents } from '@cvault/sdk-js'
import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { type AppConfig, forgetConfig, saveConfig } from '../config/app-config.ts'
import type { Deployment } from '../config/deployment.ts'
import { localStorageOrNull } from '../config/local-storage.ts'
import { type Boot, type Connection, open } from './boot.ts'

export type SignedOutReason = CVaultEvents['signedOut']['reason']

interface AppState {
  deployment: Deployment | null
  /** Why no configuration was taken at the start. */
  problem: unknown
  config: AppConfig | null
  cvault: CVault | null
  user: AuthUser | null
  /** Why nobody is signed in, when somebody was. */
  signedOutReason: SignedOutReason | null
  applyConfig(config: AppConfig): Promise<void>
  forget(): void
}

const AppContext = createContext<AppState | null>(null)

export function AppStateProvider({ boot, children }: { boot: Boot; children: ReactNode }) {
  const queryClient = useQueryClient()
  const [connection, setConnection] = useState<Connection | null>(boot.connection)
  const [signedOutReason, setSignedOutReason] = useState<SignedOutReason | null>(null)
  const cvault = connection?.cvault ?? null

  useEffect(() => {
    if (cvault === null) return
    const setUser = (user: AuthUser | null): void => {
      // What one user saw is not for the next one.
      queryClient.clear()
      setConnection((current) => (current?.cvault === cvault ? { ...current, user } : current))
    }
    const stops = [
      cvault.on('signedIn', (user) => {
        setSignedOutReason(null)
        setUser(user)
      }),
      cvault.on('signedOut', ({ reason }) => {
        setSignedOutReason(reason)
        setUser(null)
      }),
    ]
    return () => stops.forEach((stop) => stop())
  }, [cvault, queryClient])

  const state = useMemo<AppState>(() => {
    const replace = (next: Connection | null): void => {
      cvault?.close()
      queryClient.clear()
      setSignedOutReason(null)
      setConnection(next)
    }
    return {
      deployment: boot.deployment,
      problem: boot.problem,
      config: connection?.config ?? null,
      cvault,
      user: connection?.user ?? null,
      signedOutReason,
      async applyConfig(config) {
        const next = await open(config)
        saveConfig(localStorageOrNull(), config)
        replace(next)
      },
      forget() {
        forgetConfig(localStorageOrNull())
        // Tokens and keys made here go with it; that the API is told of it may fail.
        void cvault?.auth.logout().catch(() => {})
        replace(null)
      },
    }
  }, [boot, connection, cvault, queryClient, signedOutReason])

  return <AppContext value={state}>{children}</AppContext>
}

export function useAppState(): AppState {
  const state = useContext(AppContext)
  if (state === null) throw new Error('useAppState needs an AppStateProvider around it')
  return state
}

/** The client, in places that are only shown when there is one. */
export function useCVault(): CVault {
  const { cvault } = useAppState()
  if (cvault === null) throw new Error('useCVault needs a configuration: put the page behind RequireConfig')
  return cvault
}
