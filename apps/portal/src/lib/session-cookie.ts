import { EncryptJWT, jwtDecrypt } from 'jose'

/** What the portal keeps of a signed-in member, sealed: the browser holds it and cannot read it. */
export interface PortalSession {
  accessToken: string
  refreshToken: string
  /** Milliseconds since 1970. */
  expiresAt: number
  /** Bound to this sign-in; every form carries a proof of it. */
  csrf: string
}

/** `__Host-`: over TLS (or this machine) only, for this host alone, and no subdomain can set it. */
export const sessionCookieName = '__Host-cvault'

export const sessionCookieOptions = { httpOnly: true, secure: true, sameSite: 'lax', path: '/', maxAge: 43_200 } as const

export async function seal(session: PortalSession, secret: string): Promise<string> {
  return new EncryptJWT({ ...session })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setExpirationTime(`${sessionCookieOptions.maxAge}s`)
    .encrypt(await sealingKey(secret, 'session'))
}

/** Null for whatever this portal did not seal, or too long ago. */
export async function unseal(cookie: string | undefined, secret: string): Promise<PortalSession | null> {
  if (!cookie) return null
  try {
    const { payload } = await jwtDecrypt(cookie, await sealingKey(secret, 'session'), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    const { accessToken, refreshToken, expiresAt, csrf } = payload
    if (typeof accessToken !== 'string' || typeof refreshToken !== 'string' || typeof expiresAt !== 'number' || typeof csrf !== 'string')
      return null
    return { accessToken, refreshToken, expiresAt, csrf }
  } catch {
    return null
  }
}

/** A key of its own for each kind of cookie. */
export async function sealingKey(secret: string, purpose: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`cvault portal ${purpose} ${secret}`)))
}
