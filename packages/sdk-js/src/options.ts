import type { CVaultStorage } from './storage.ts'
import type { Session } from './types.ts'

export interface CVaultOptions {
  /** Your tenant's API key (`cvk_…`). It is publishable: apps may carry it. */
  apiKey: string
  /** Your tenant's API secret (`cvs_…`), for your servers only. It alone opens `usage.get` and `auth.exchangeToken`. */
  apiSecret?: string
  /** Where the API is; HTTPS, except on this machine. Default `https://api.cvault.io`. */
  baseUrl?: string
  /**
   * Where the session and the private keys made here are kept: `memory` (default; gone with the page or process),
   * `localStorage` (browsers), or an adapter of yours to a keychain.
   */
  storage?: 'memory' | 'localStorage' | CVaultStorage
  /**
   * Asked for a session when there is none, or the one there is was refused: fetch it from your own server, which gets it by
   * `auth.exchangeToken`. Answer null to stay signed out.
   */
  getSession?: () => Promise<Session | null>
  /** Milliseconds an attempt may take, body included. Default 30 000. */
  timeoutMs?: number
  /** How often to try again after a failure that may pass. Default 3. */
  maxRetries?: number
  /** Another `fetch`, e.g. one with a proxy. Default: the platform's. */
  fetch?: typeof fetch
  /** Take an `apiSecret` in a browser all the same. Everybody who opens the page can read it. */
  dangerouslyAllowBrowser?: boolean
}
