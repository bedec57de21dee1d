import type { PortalSession } from './session-cookie.ts'

/** Tokens as the API answers them. */
export interface MemberTokens {
  accessToken: string
  refreshToken: string
  expiresIn: number
}

export function toSession(tokens: MemberTokens, csrf: string = newCsrf()): PortalSession {
  const { accessToken, refreshToken, expiresIn } = tokens
  return { accessToken, refreshToken, expiresAt: Date.now() + expiresIn * 1_000, csrf }
}

function newCsrf(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
