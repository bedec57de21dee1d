import { createSigner, createVerifier } from 'fast-jwt'
import { AppError } from '../errors.ts'

/** What an access token says. Role, tenant state and session liveness are looked up, never believed from here. */
export type AccessClaims = { userId: string; tenantId: string; sessionId: string }

/** End users of tenants, and members of tenants: a token of one kind is none of the other. */
export type Audience = 'user' | 'member'

export type AccessTokens = {
  ttlSeconds: number
  sign(claims: AccessClaims): string
  /**
   * Throws `TOKEN_EXPIRED` for one of ours that is over; `INVALID_TOKEN`, always worded alike, for anything else. A user's token
   * counts under the tenant whose key came with it; null where the token alone says the tenant.
   */
  verify(token: string, tenantId: string | null): AccessClaims
}

const ttlSeconds = 900
const issuer = 'cvault'

// Three parts, the last of 32 bytes in base64url. Its last character carries two bits nobody reads: they must be zero,
// or one signature would have four spellings.
const shape = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function createAccessTokens(secret: string, kind: Audience): AccessTokens {
  const audience = `cvault:${kind}`
  const sign = createSigner({
    key: secret,
    iss: issuer,
    aud: audience,
    expiresIn: ttlSeconds * 1000,
    header: { alg: 'HS256', typ: 'at+jwt' },
  })
  // The cache is keyed by SHA-256 of the whole token. Expiry is not its business: it is looked at below, last and every time.
  const verifySignature = createVerifier({
    key: secret,
    algorithms: ['HS256'],
    allowedIss: issuer,
    allowedAud: audience,
    requiredClaims: ['iss', 'aud', 'exp', 'iat', 'sub', 'tid', 'sid'],
    checkTyp: 'at+jwt',
    ignoreExpiration: true,
    cache: 20_000,
    cacheTTL: 60_000,
  })

  return {
    ttlSeconds,
    sign: ({ userId, tenantId, sessionId }) => sign({ sub: userId, tid: tenantId, sid: sessionId }),
    verify(token, tenantId) {
      if (!shape.test(token)) throw invalidToken()
      const { exp, sub, tid, sid } = orInvalid(() => verifySignature(token) as Record<string, unknown>)
      if (!isUuid(sub) || !isUuid(tid) || !isUuid(sid) || (tenantId !== null && tid !== tenantId) || typeof exp !== 'number')
        throw invalidToken()
      if (exp * 1000 <= Date.now())
        throw new AppError(
          'TOKEN_EXPIRED',
          `The access token has expired. Refresh it at POST /api/v1/${kind === 'user' ? '' : 'tenant/'}auth/refresh.`,
        )
      return { userId: sub, tenantId: tid, sessionId: sid }
    },
  }
}

export const invalidToken = (cause?: unknown): AppError =>
  new AppError(
    'INVALID_TOKEN',
    'The access token is missing or not valid. Send Authorization: Bearer <accessToken> from a login with this API key.',
    { cause },
  )

const isUuid = (value: unknown): value is string => typeof value === 'string' && uuid.test(value)

function orInvalid<T>(verify: () => T): T {
  try {
    return verify()
  } catch (cause) {
    throw invalidToken(cause)
  }
}
