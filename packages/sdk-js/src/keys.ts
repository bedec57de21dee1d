import { fromBase64, toBase64 } from './base64.ts'
import { CVaultError } from './errors.ts'
import type { KeyPair } from './types.ts'
import { publicKeyOf } from './x25519.ts'

/**
 * Make a WireGuard key pair on this device, by WebCrypto where it knows X25519.
 * @example const pair = await generateKeyPair()
 * await cvault.devices.register({ deviceName: 'MacBook Pro', keys: pair })
 */
export async function generateKeyPair(): Promise<KeyPair> {
  const own = await byWebCrypto()
  if (own) return own
  const privateKey = clamp(crypto.getRandomValues(new Uint8Array(32)))
  return { privateKey: toBase64(privateKey), publicKey: toBase64(publicKeyOf(privateKey)) }
}

/** Refuse a pair whose halves are not keys or do not belong together, before anything is sent. */
export function checkKeyPair(pair: KeyPair): KeyPair {
  const [privateKey, publicKey] = [decode(pair.privateKey, 'privateKey'), decode(pair.publicKey, 'publicKey')]
  if (toBase64(publicKeyOf(clamp(privateKey))) !== toBase64(publicKey))
    throw new CVaultError('INVALID_OPTIONS', 'keys: the public key does not belong to the private key.')
  return pair
}

async function byWebCrypto(): Promise<KeyPair | null> {
  let jwk: JsonWebKey
  try {
    const pair = (await crypto.subtle.generateKey({ name: 'X25519' }, true, ['deriveBits'])) as CryptoKeyPair
    jwk = await crypto.subtle.exportKey('jwk', pair.privateKey)
  } catch {
    return null // No WebCrypto here (an insecure context), or one without X25519.
  }
  if (!jwk.d || !jwk.x) return null
  return { privateKey: toBase64(clamp(fromBase64Url(jwk.d))), publicKey: toBase64(fromBase64Url(jwk.x)) }
}

// `wg genkey` writes clamped keys, and some programs refuse others; the public key is the same.
function clamp(privateKey: Uint8Array): Uint8Array {
  privateKey[0] = (privateKey[0] ?? 0) & 248
  privateKey[31] = ((privateKey[31] ?? 0) & 127) | 64
  return privateKey
}

function decode(text: unknown, name: string): Uint8Array {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text))
    throw new CVaultError('INVALID_OPTIONS', `keys: ${name} must be 32 bytes in base64, 44 characters, as \`wg\` prints them.`)
  return fromBase64(text)
}

function fromBase64Url(text: string): Uint8Array {
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'))
}
