import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What each kind of credential starts with, for people and for secret scanners. */
export const tokenPrefixes = {
  apiKey: 'cvk_',
  apiSecret: 'cvs_',
  refresh: 'cvr_',
  memberRefresh: 'cvm_',
  /** In links that are mailed. */
  mailLink: 'cvl_',
  /** From a member's password to their second step. */
  secondStep: 'cvt_',
} as const
type TokenKind = keyof typeof tokenPrefixes

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const bodyLength = 43 // 32 bytes in base 62
const checksumLength = 6

/** A new credential of 256 random bits: prefix, 43 base-62 characters, 6 of checksum. */
export const newToken = (kind: TokenKind): string => tokenFrom(kind, randomBytes(32))

/** The token that these 32 bytes always give, so that a retry can be given the same one without storing it. */
export function tokenFrom(kind: TokenKind, bytes: Buffer): string {
  const body = tokenPrefixes[kind] + base62(BigInt(`0x${bytes.toString('hex')}`), bodyLength)
  return body + checksum(body)
}

/** Whether the text can be one of ours; a mistyped or invented one costs no look-up. */
export function isToken(kind: TokenKind, text: string): boolean {
  if (text.length !== tokenPrefixes[kind].length + bodyLength + checksumLength || !text.startsWith(tokenPrefixes[kind])) return false
  const body = text.slice(0, -checksumLength)
  return text.slice(-checksumLength) === checksum(body)
}

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

export const hmacSha256 = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** A key of its own for each purpose, all from one configured secret. */
export const deriveKey = (secret: string, purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))

/** Compare secrets of any length without telling where they differ. */
export const isSameSecret = (left: string, right: string): boolean => timingSafeEqual(sha256(left), sha256(right))

const checksum = (body: string): string => base62(BigInt(crc32(body)), checksumLength)

function base62(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; rest > 0n; rest /= 62n) text = (alphabet[Number(rest % 62n)] ?? '') + text
  return text.padStart(length, '0')
}
