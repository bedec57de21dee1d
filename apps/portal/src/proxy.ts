import { isCVaultError } from '@cvault/sdk-js'
import { NextResponse, type NextRequest } from 'next/server'
import { contentSecurityPolicy, isSameOrigin, securityHeaders } from './lib/browser-guard.ts'
import { callerHeadersOf } from './lib/caller-headers.ts'
import { env } from './lib/env.ts'
import { toSession, type MemberTokens } from './lib/member-tokens.ts'
import { seal, sessionCookieName, sessionCookieOptions, unseal, type PortalSession } from './lib/session-cookie.ts'
import { apiTransport } from './lib/transport.ts'

const renewBeforeMs = 60_000

/** Headers, and sessions kept fresh: pages that render can set no cookie. It lets nobody in: the API does that, for every call. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const response = await answer(request)
  const headers = securityHeaders(request.nextUrl.pathname, isHttps(request))
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  return response
}

async function answer(request: NextRequest): Promise<NextResponse> {
  if (!isSameOrigin(request.method, request.headers, request.nextUrl.host)) {
    return new NextResponse('This request came from another site, so it was not carried out.', { status: 403 })
  }
  const nonce = btoa(crypto.randomUUID())
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV !== 'production', calledBy(request.nextUrl.pathname))
  const headers = new Headers(request.headers)
  headers.set('x-nonce', nonce)
  // Pages do not know their address; signing in leads back to it.
  headers.set('x-path', `${request.nextUrl.pathname}${request.nextUrl.search}`)
  headers.set('content-security-policy', policy)

  const renewed = await renewedCookie(request)
  if (renewed !== undefined) {
    request.cookies.set(sessionCookieName, renewed)
    headers.set('cookie', request.cookies.toString())
  }
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  if (renewed !== undefined)
    response.cookies.set(sessionCookieName, renewed, { ...sessionCookieOptions, ...(renewed === '' && { maxAge: 0 }) })
  return response
}

/** As the proxy in front tells it; Next fills the header in where there is none. */
const isHttps = ({ headers }: NextRequest): boolean => headers.get('x-forwarded-proto')?.split(',', 1)[0]?.trim() === 'https'

/** The API reference alone calls the API from the browser, to try it out with a key that is entered there. */
function calledBy(pathname: string): string[] {
  const { API_URL, PUBLIC_API_URL } = env()
  return pathname === '/docs/api' ? [new URL(PUBLIC_API_URL ?? API_URL).origin] : []
}

/** The sealed session to go on with, '' when it is over, undefined when nothing changes. */
async function renewedCookie(request: NextRequest): Promise<string | undefined> {
  const { PORTAL_SESSION_SECRET: secret, API_URL } = env()
  const cookie = request.cookies.get(sessionCookieName)?.value
  const session = await unseal(cookie, secret)
  if (!session) return cookie ? '' : undefined
  if (session.expiresAt - Date.now() > renewBeforeMs) return undefined
  try {
    return await seal(await renew(session, API_URL, request.headers), secret)
  } catch (error) {
    // Over for good, or the API is away: then the token may still do, and the page says what is wrong.
    return isCVaultError(error) && error.status === 401 ? '' : undefined
  }
}

/** For whoever asks: under the portal's own address, the refused tokens of one caller would block renewal for all. */
async function renew({ refreshToken, csrf }: PortalSession, apiUrl: string, incoming: Headers): Promise<PortalSession> {
  const call = { method: 'POST', path: '/tenant/auth/refresh', body: { refreshToken }, headers: callerHeadersOf(incoming) } as const
  const { body } = await apiTransport(apiUrl).send(call, { maxRetries: 1, timeoutMs: 5_000 })
  return toSession(body as MemberTokens, csrf)
}

export const config = { matcher: ['/((?!_next/static/|_next/image$|favicon\\.ico$|icon\\.svg$).*)'] }
