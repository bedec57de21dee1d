import 'server-only'
import { cookies } from 'next/headers'
import { cache } from 'react'
import { env } from './env.ts'
import { toSession, type MemberTokens } from './member-tokens.ts'
import { seal, sessionCookieName, sessionCookieOptions, unseal, type PortalSession } from './session-cookie.ts'

/** The session this request came with. It says who asks; the API alone says what they may. */
export const readSession = cache(async (): Promise<PortalSession | null> => {
  const cookie = (await cookies()).get(sessionCookieName)?.value
  return unseal(cookie, env().PORTAL_SESSION_SECRET)
})

/** In server actions only: a page that is being rendered can set no cookie. */
export async function startSession(tokens: MemberTokens): Promise<void> {
  const sealed = await seal(toSession(tokens), env().PORTAL_SESSION_SECRET)
  ;(await cookies()).set(sessionCookieName, sealed, sessionCookieOptions)
}

export async function endSession(): Promise<void> {
  // delete() would keep our Max-Age, and with it an empty cookie.
  ;(await cookies()).set(sessionCookieName, '', { ...sessionCookieOptions, maxAge: 0 })
}

/** What every form of a signed-in page carries: proof that a page of this session made it. */
export async function csrfToken(): Promise<string> {
  return (await readSession())?.csrf ?? ''
}
