import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'

/** A WireGuard key pair, both halves canonical base64 of 32 bytes. */
export type KeyPair = { publicKey: string; privateKey: string }

export type KeyErrorCode = 'not-canonical-base64' | 'zero' | 'not-canonical-point' | 'low-order'

/** Why a text is not a usable key. The message never holds the key. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
  readonly code: KeyErrorCode
  constructor(code: KeyErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

// 32 bytes are 256 bits in 43 characters of 6: the last one carries two spare bits, which must be 0.
const canonicalKey = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/
const zeroKey = `${'A'.repeat(43)}=`
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const fieldPrime = 2n ** 255n - 19n

/** Little-endian u-coordinates of the points of order 1, 2, 4 and 8, below the field prime. */
const lowOrderPoints = new Set(
  [
    0n,
    1n,
    fieldPrime - 1n,
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ].map((point) => littleEndian(point)),
)

/**
 * Make a key pair. Takes some tens of microseconds and blocks the event loop for them.
 * @example const { publicKey, privateKey } = generateKeyPair()
 */
export function generateKeyPair(): KeyPair {
  // The encodings are asked for here: exporting the key objects afterwards can freeze Node 20.
  const pair = generateKeyPairSync('x25519', {
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  const privateKey = Buffer.from(pair.privateKey.subarray(-32))
  clamp(privateKey)
  return { publicKey: pair.publicKey.subarray(-32).toString('base64'), privateKey: privateKey.toString('base64') }
}

/**
 * Derive the public key, as `wg pubkey` does. Throws {@link KeyError} when the private key is not one.
 * @example publicKeyFrom(privateKey) === publicKey
 */
export function publicKeyFrom(privateKey: string): string {
  const bytes = decodeKey(privateKey, 'private key')
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, bytes]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
}

/** Make a preshared key: 32 random bytes, canonical base64. */
export function generatePresharedKey(): string {
  return randomBytes(32).toString('base64')
}

/**
 * Accept a peer's public key, or throw {@link KeyError}: canonical base64 of 32 bytes, a canonical field element,
 * not zero and not of low order (a tunnel with such a key has no secrecy). Returns the same text.
 * @example parsePublicKey(request.body.publicKey)
 */
export function parsePublicKey(text: string): string {
  const bytes = decodeKey(text, 'public key')
  // X25519 ignores bit 255 and reduces modulo p, so these texts would be second names of another key.
  if (isNotBelowPrime(bytes)) {
    throw new KeyError('not-canonical-point', 'The public key is not a canonical Curve25519 point; send what `wg pubkey` prints.')
  }
  if (lowOrderPoints.has(text)) {
    throw new KeyError('low-order', 'The public key is a low-order point, which gives no secrecy; generate a new key pair.')
  }
  return text
}

/** Accept a preshared key, or throw {@link KeyError}. All zeros is refused: to WireGuard it means "none". */
export function parsePresharedKey(text: string): string {
  decodeKey(text, 'preshared key')
  return text
}

/** Accept a private key, or throw {@link KeyError}. The message never holds the key. */
export function parsePrivateKey(text: string): string {
  decodeKey(text, 'private key')
  return text
}

/** Tell whether a text is a private key: canonical base64 of 32 bytes, not all zero. */
export function isPrivateKey(text: string): boolean {
  return canonicalKey.test(text) && text !== zeroKey
}

/** Tell whether a text is the canonical base64 of 32 bytes, whatever they are: all that WireGuard itself asks of a public key. */
export function isKeyShaped(text: string): boolean {
  return canonicalKey.test(text)
}

function decodeKey(text: string, what: string): Buffer {
  if (typeof text !== 'string' || !canonicalKey.test(text)) {
    throw new KeyError('not-canonical-base64', `The ${what} must be canonical base64 of 32 bytes: 44 characters ending in "=".`)
  }
  if (text === zeroKey) throw new KeyError('zero', `The ${what} is all zero bytes.`)
  return Buffer.from(text, 'base64')
}

function isNotBelowPrime(bytes: Buffer): boolean {
  const last = bytes[31] ?? 255
  if (last > 127) return true
  if (last < 127 || (bytes[0] ?? 255) < 0xed) return false
  return bytes.subarray(1, 31).every((byte) => byte === 255)
}

function clamp(privateKey: Buffer): void {
  privateKey[0] = (privateKey[0] ?? 0) & 248
  privateKey[31] = ((privateKey[31] ?? 0) & 127) | 64
}

function littleEndian(value: bigint): string {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse().toString('base64')
}
