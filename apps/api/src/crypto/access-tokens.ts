import { createSigner, createVerifier, TokenError } from 'fast-jwt'
import { AppError } from '../errors.ts'

/** What an access token says. Role, tenant state and session liveness are looked up, never believed from here. */
export type AccessClaims = { userId: string; tenantId: string; sessionId: string }

export type AccessTokens = {
  ttlSeconds: number
  sign(claims: AccessClaims): string
  /** Throws `TOKEN_EXPIRED` for one of ours that is over, `INVALID_TOKEN`, always worded alike, for anything else. */
  verify(token: string): AccessClaims
}

const ttlSeconds = 900
const issuer = 'cvault'
const audience = 'cvault:user'

export function createAccessTokens(secret: string): AccessTokens {
  const sign = createSigner({ key: secret, iss: issuer, aud: audience, expiresIn: ttlSeconds * 1000, header: { alg: 'HS256', typ: 'at+jwt' } })
  const verify = createVerifier({
    key: secret,
    algorithms: ['HS256'],
    allowedIss: issuer,
    allowedAud: audience,
    requiredClaims: ['iss', 'aud', 'exp', 'iat', 'sub', 'tid', 'sid'],
    checkTyp: 'at+jwt',
    cache: 20_000,
    cacheTTL: 60_000,
  })

  return {
    ttlSeconds,
    sign: ({ userId, tenantId, sessionId }) => sign({ sub: userId, tid: tenantId, sid: sessionId }),
    verify(token) {
      try {
        const claims: { sub: string; tid: string; sid: string } = verify(token)
        return { userId: claims.sub, tenantId: claims.tid, sessionId: claims.sid }
      } catch (cause) {
        if (cause instanceof TokenError && cause.code === TokenError.codes.expired)
          throw new AppError('TOKEN_EXPIRED', 'The access token has expired. Refresh it at POST /api/v1/auth/refresh.', { cause })
        throw invalidToken(cause)
      }
    },
  }
}

export const invalidToken = (cause?: unknown): AppError =>
  new AppError('INVALID_TOKEN', 'The access token is missing or not valid. Send Authorization: Bearer <accessToken> from a login with this API key.', { cause })
