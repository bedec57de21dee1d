import type { Api } from '../api.ts'
import { CVaultError, isCVaultError } from '../errors.ts'
import type { LocalKeys } from '../local-keys.ts'
import { giveWhole, parseSession, type Sessions } from '../sessions.ts'
import { shaped } from '../shape.ts'
import type { AuthUser, Credentials, ExternalUser, Me, RequestOptions, Session } from '../types.ts'

export interface Auth {
  /**
   * Register one of your users and sign them in.
   * Throws `USER_EXISTS`, `VALIDATION_FAILED` (see `error.errors`), `USER_LIMIT_EXCEEDED`.
   * @example const user = await cvault.auth.register({ email: 'ada@example.com', password: 'correct horse battery' })
   */
  register(credentials: Credentials, options?: RequestOptions): Promise<AuthUser>
  /**
   * Sign a user in. The session is kept in the client's storage and renewed by itself.
   * Throws `INVALID_CREDENTIALS`, `USER_DISABLED`.
   */
  login(credentials: Credentials, options?: RequestOptions): Promise<Session>
  /** Renew the session now. You need not: it is renewed before it ends. Throws `NOT_SIGNED_IN`, `INVALID_REFRESH_TOKEN`. */
  refresh(options?: RequestOptions): Promise<Session>
  /**
   * Sign out: what this client keeps is gone first, keys made here included, then the API ends the session on all its tokens.
   * Throws `NETWORK_ERROR` when the API could not be told; the client is signed out all the same.
   */
  logout(options?: RequestOptions): Promise<void>
  /** The signed-in user as the API knows them now. */
  me(options?: RequestOptions): Promise<Me>
  /** Who is signed in, from storage: sends nothing. Null when nobody is. */
  getUser(): Promise<AuthUser | null>
  /** Take over a session that your own server got by {@link Auth.exchangeToken}. */
  setSession(session: Session): Promise<AuthUser>
  /**
   * On your server: get a session for one of your users, made on first use. It is returned, not kept: hand it to the user's app,
   * whose client takes it by `setSession` or `getSession`. Needs `apiSecret`.
   */
  exchangeToken(user: ExternalUser, options?: RequestOptions): Promise<Session>
}

export function createAuth(api: Api, sessions: Sessions, localKeys: LocalKeys): Auth {
  const signIn = async (route: string, body: Credentials | ExternalUser, options?: RequestOptions): Promise<Session> =>
    parseSession((await api.asTenant({ method: 'POST', path: `/auth/${route}`, body }, options)).body)

  let begun = 0
  /** The latest of what began and took effect: a sign-in that began before it comes too late. */
  let settled = 0
  const signInHere = async (route: string, body: Credentials, options?: RequestOptions): Promise<Session> => {
    const turn = ++begun
    const session = await signIn(route, body, options)
    if (turn < settled) {
      await endSession(api, session, options).catch(() => {}) // Nobody has its tokens, so that it ends by itself at the latest.
      throw new CVaultError('NOT_SIGNED_IN', 'Somebody signed in or out after this sign-in began. It was not used.')
    }
    settled = turn
    await sessions.keep(session)
    return session
  }

  return {
    async register({ email, password }, options) {
      return (await signInHere('register', { email, password }, options)).user
    },
    login: ({ email, password }, options) => signInHere('login', { email, password }, options),
    async refresh(options) {
      const { expiresAt: _own, ...session } = await sessions.renew(await sessions.usable(options), options)
      return session
    },
    async logout(options) {
      settled = ++begun
      const session = await sessions.current()
      const cleared = await Promise.allSettled([sessions.forget('logout'), localKeys.clear()])
      // Told before a storage's failure is: a session that stayed there must not work any more.
      if (session) await endSession(api, session, options)
      for (const result of cleared) if (result.status === 'rejected') throw result.reason
    },
    async me(options) {
      return shaped<Me>((await api.asUser({ method: 'GET', path: '/auth/me' }, options)).body, { id: 'string', tenant: 'object' })
    },
    async getUser() {
      return (await sessions.current())?.user ?? null
    },
    async setSession(session) {
      const parsed = parseSession(session, giveWhole)
      settled = ++begun
      return (await sessions.keep(parsed)).user
    },
    exchangeToken: ({ externalUserId, email }, options) => signIn('token', { externalUserId, email }, options),
  }
}

/** What the API says of a session that has ended already. */
const ended = new Set(['TOKEN_EXPIRED', 'INVALID_TOKEN', 'INVALID_REFRESH_TOKEN', 'USER_DISABLED'])

// An access token that is refused may belong to a session that can still be renewed, so it is renewed once more to be ended.
async function endSession(api: Api, { accessToken, refreshToken }: Session, options: RequestOptions | undefined): Promise<void> {
  const end = async (token: string): Promise<boolean> => {
    try {
      await api.asTenant({ method: 'POST', path: '/auth/logout', accessToken: token }, options)
      return true
    } catch (error) {
      if (isCVaultError(error) && ended.has(error.code)) return false
      throw error
    }
  }
  if (await end(accessToken)) return
  try {
    const { body } = await api.asTenant({ method: 'POST', path: '/auth/refresh', body: { refreshToken } }, options)
    await end(parseSession(body).accessToken)
  } catch (error) {
    if (!isCVaultError(error) || !ended.has(error.code)) throw error
  }
}
