import { untilAborted } from './abort.ts'
import { CVaultError, isCVaultError } from './errors.ts'
import type { Emitter } from './events.ts'
import { createLock, createReplacements } from './lock.ts'
import { shaped } from './shape.ts'
import type { Store } from './storage.ts'
import type { Transport } from './transport.ts'
import type { RequestOptions, Session } from './types.ts'

/** A session with the time its access token ends, by this machine's clock from when it arrived: a wrong clock does no harm. */
export interface KeptSession extends Session {
  /** Milliseconds since 1970. */
  expiresAt: number
}

export interface Sessions {
  /** What is kept, without asking anybody. */
  current(): Promise<KeptSession | null>
  /** A session whose access token is good for some seconds more, or NOT_SIGNED_IN. */
  usable(options?: RequestOptions): Promise<KeptSession>
  keep(session: Session): Promise<KeptSession>
  /** Replace a session whose access token was refused or asked to be renewed; one request however many ask, also from other tabs. */
  renew(stale: KeptSession, options?: RequestOptions): Promise<KeptSession>
  forget(reason: 'logout' | 'expired'): Promise<void>
  close(): void
}

interface Settings {
  transport: Transport
  store: Store
  emitter: Emitter
  getSession: (() => Promise<Session | null>) | undefined
}

/** Renew when this much is left, so that no call leaves with a token that ends under way. */
const marginMs = 60_000
/** Codes after which a refresh token is worth nothing any more. Anything else may pass: the session is kept. */
const endings = new Set(['INVALID_REFRESH_TOKEN', 'USER_DISABLED'])

export function createSessions({ transport, store, emitter, getSession }: Settings): Sessions {
  const locked = createLock(store.lockName('session'))
  const replacements = createReplacements(store.lockName('session'))
  /** undefined: not read yet. */
  let cached: KeptSession | null | undefined
  /** Counts what changed the session here, so that an answer that comes late changes nothing. */
  let epoch = 0
  let renewal: Promise<KeptSession> | undefined
  let provision: Promise<KeptSession | null> | undefined
  /** Refresh token that the storage still holds although it is spent, since what came after it could not be written. */
  let outlived: string | undefined

  const unsubscribe = store.subscribe((name) => {
    if (name === 'session') void followElsewhere()
  })

  async function followElsewhere(): Promise<void> {
    const since = epoch
    try {
      const stored = await readStored()
      // What was done here meanwhile is newer.
      if (since === epoch) adopt(stored)
    } catch (error) {
      if (isCVaultError(error)) emitter.emit('error', error)
    }
  }

  /** Go on with what another tab or process left in the storage. */
  function adopt(after: KeptSession | null): void {
    const before = cached
    cached = after
    if (before?.user.id === after?.user.id) return
    epoch++
    if (after) emitter.emit('signedIn', after.user)
    else emitter.emit('signedOut', { reason: 'elsewhere' })
  }

  async function current(): Promise<KeptSession | null> {
    if (cached !== undefined) return cached
    const since = epoch
    const stored = await readStored()
    if (since === epoch) cached = stored
    return cached ?? null
  }

  async function readStored(): Promise<KeptSession | null> {
    const stored = await store.read<KeptSession>('session')
    try {
      return stored && { ...parseSession(stored), expiresAt: Number(stored.expiresAt) || 0 }
    } catch {
      return null // Spoilt: as good as nothing.
    }
  }

  async function usable(options?: RequestOptions): Promise<KeptSession> {
    const session = (await untilAborted(current(), options?.signal)) ?? (await untilAborted(provided(), options?.signal))
    if (!session) throw new CVaultError('NOT_SIGNED_IN', 'Nobody is signed in: call auth.login or auth.register first.')
    if (!isEnding(session)) return session
    try {
      return await renew(session, options)
    } catch (error) {
      // The token still works for a moment, and what stood in the way may pass.
      const mayGoOn = Date.now() < session.expiresAt && isCVaultError(error) && !isFinal(error)
      if (mayGoOn) return session
      throw error
    }
  }

  async function keep(session: Session): Promise<KeptSession> {
    const since = ++epoch
    const before = cached
    const kept = { ...session, expiresAt: Date.now() + session.expiresIn * 1_000 }
    await store.write('session', kept)
    outlived = undefined
    if (since !== epoch) return kept
    cached = kept
    if (before?.user.id !== kept.user.id) emitter.emit('signedIn', kept.user)
    return kept
  }

  async function forget(reason: 'logout' | 'expired'): Promise<void> {
    epoch++
    cached = null
    try {
      await store.remove('session')
    } finally {
      emitter.emit('signedOut', { reason })
    }
  }

  function renew(stale: KeptSession, options?: RequestOptions): Promise<KeptSession> {
    // Not under the signal of the call that came first: others wait for the same answer.
    renewal ??= locked(() => renewOnce(stale)).finally(() => (renewal = undefined))
    return untilAborted(
      renewal.then((session) => sameUser(session, stale)),
      options?.signal,
    )
  }

  async function renewOnce(stale: KeptSession): Promise<KeptSession> {
    // Another tab, or an earlier call here, may have renewed it while we waited for the lock.
    const stored = cached === null ? null : await replacements.read(readStored)
    const latest = stored && cached && stored.refreshToken === outlived ? cached : stored
    if (!latest || latest.user.id !== stale.user.id) return changedElsewhere(latest, stale)
    const since = epoch
    if (latest.accessToken !== stale.accessToken && !isEnding(latest)) return (cached = latest)
    /** What counts now, when somebody else changed the session while the API was asked. */
    const superseded = async (): Promise<{ by: KeptSession | null } | null> => {
      if (since !== epoch) return { by: await current() }
      const found = await readStored().catch(() => stored)
      return found?.refreshToken === stored?.refreshToken ? null : { by: found }
    }
    try {
      const { body } = await transport.send({ method: 'POST', path: '/auth/refresh', body: { refreshToken: latest.refreshToken } })
      const renewed = parseSession(body)
      // Written all the same, it would bring back who has signed out in another tab.
      const change = await superseded()
      if (change) return changedElsewhere(change.by, stale)
      const kept = await keepRenewed(renewed, latest)
      await replacements.tell(latest.expiresAt)
      return kept
    } catch (error) {
      if (!isCVaultError(error) || !endings.has(error.code)) throw error
      const change = await superseded()
      if (change) return changedElsewhere(change.by, stale)
      const fresh = await provided()
      // The one that was just refused is no new one.
      if (fresh && fresh.refreshToken !== latest.refreshToken) return fresh
      await forget('expired')
      throw error
    }
  }

  function changedElsewhere(now: KeptSession | null, stale: KeptSession): KeptSession {
    if (now !== cached) adopt(now)
    if (!now) throw signedOut()
    return sameUser(now, stale)
  }

  // A storage that fails must not cost the call: the new tokens are in memory.
  async function keepRenewed(session: Session, before: KeptSession): Promise<KeptSession> {
    try {
      return await keep(session)
    } catch (error) {
      if (!isCVaultError(error)) throw error
      emitter.emit('error', error)
      outlived ??= before.refreshToken
      return (cached = { ...session, expiresAt: Date.now() + session.expiresIn * 1_000 })
    }
  }

  /** A session from the app's own server, asked for once however many calls want one. */
  function provided(): Promise<KeptSession | null> {
    if (!getSession) return Promise.resolve(null)
    provision ??= fromApp(getSession).finally(() => (provision = undefined))
    return provision
  }

  async function fromApp(ask: () => Promise<Session | null>): Promise<KeptSession | null> {
    const since = epoch
    let session: Session | null
    try {
      session = await ask()
    } catch (error) {
      throw new CVaultError('NOT_SIGNED_IN', 'getSession could not get a session.', { cause: error })
    }
    // Who signed in or out meanwhile knows better.
    if (since !== epoch) return current()
    return session ? keep(parseSession(session, giveWhole)) : null
  }

  function close(): void {
    unsubscribe()
    replacements.close()
  }

  return { current, usable, keep, renew, forget, close }
}

/** What to do about a session that the app itself got wrong, mostly by handing on a part of it. */
export const giveWhole = 'a session is all of what auth.exchangeToken answers'

/** The tokens of an answer, or INVALID_RESPONSE: what is kept here is sent as a header later. */
export function parseSession(body: unknown, remedy?: string): Session {
  const session = shaped<Session>(body, { user: 'object', accessToken: 'string', refreshToken: 'string', expiresIn: 'number' }, remedy)
  const { id, email, externalUserId } = shaped<Session['user']>(session.user, { id: 'string' }, remedy)
  const { accessToken, refreshToken, expiresIn } = session
  if (!/^[\x21-\x7e]+$/.test(accessToken) || !(expiresIn > 0))
    throw new CVaultError('INVALID_RESPONSE', 'The answer has no usable session: check baseUrl.')
  return { user: { id, email: email ?? null, externalUserId: externalUserId ?? null }, accessToken, refreshToken, expiresIn }
}

function isEnding({ expiresAt, expiresIn }: KeptSession): boolean {
  return expiresAt - Date.now() < Math.min(marginMs, expiresIn * 200)
}

function isFinal({ code }: CVaultError): boolean {
  return endings.has(code) || code === 'ABORTED' || code === 'NOT_SIGNED_IN'
}

// What one user asked for must not go out in another's name.
function sameUser(session: KeptSession, stale: KeptSession): KeptSession {
  if (session.user.id !== stale.user.id)
    throw new CVaultError('NOT_SIGNED_IN', 'Another user signed in while the call was under way. It was not repeated.')
  return session
}

function signedOut(): CVaultError {
  return new CVaultError('NOT_SIGNED_IN', 'The user signed out while the call was under way.')
}
