import { randomBytes } from 'node:crypto'
import { publicKeyFrom } from '@cvault/wg/keys'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { isCVaultError } from './errors.ts'
import { checkKeyPair, generateKeyPair } from './keys.ts'
import { publicKeyOf } from './x25519.ts'

afterEach(() => vi.unstubAllGlobals())

const clamped = (bytes: Uint8Array): Uint8Array => {
  const key = Uint8Array.from(bytes)
  key[0] = (key[0] ?? 0) & 248
  key[31] = ((key[31] ?? 0) & 127) | 64
  return key
}

test('the example of RFC 7748 § 6.1', () => {
  const pairs = [
    [
      '77076d0a7318a57d3c16c17251b26645df4c2f92ebc099ac7b3b1e5b8b6a9d3a',
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    ],
    [
      '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    ],
  ] as const
  // The RFC's first private key, as it prints it, is derived through the scalar that is decoded (clamped) from it.
  const [, second] = pairs
  expect(Buffer.from(publicKeyOf(clamped(Buffer.from(second[0], 'hex')))).toString('hex')).toBe(second[1])
})

test('every public key is the one WireGuard derives', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const key = clamped(bytes)
      expect(Buffer.from(publicKeyOf(key)).toString('base64')).toBe(publicKeyFrom(Buffer.from(key).toString('base64')))
    }),
    { numRuns: 40 },
  )
})

const rejecting = async (): Promise<never> => {
  throw new DOMException('Unrecognized name.', 'NotSupportedError')
}
const subtleOf: Record<string, object> = {
  'WebCrypto with X25519': { subtle: crypto.subtle },
  'WebCrypto without X25519': { subtle: { generateKey: rejecting } },
  'no WebCrypto at all': {},
}

test.each(Object.keys(subtleOf))('a pair made with %s is one for WireGuard, and never the same', async (name) => {
  vi.stubGlobal('crypto', { ...subtleOf[name], getRandomValues: (array: Uint8Array) => array.set(randomBytes(array.length)) ?? array })
  const pairs = [await generateKeyPair(), await generateKeyPair()]
  for (const { privateKey, publicKey } of pairs) {
    expect(publicKeyFrom(privateKey)).toBe(publicKey)
    const bytes = Buffer.from(privateKey, 'base64')
    expect(Buffer.from(clamped(bytes)).equals(bytes), 'clamped, as wg genkey writes it').toBe(true)
    expect(checkKeyPair({ privateKey, publicKey })).toEqual({ privateKey, publicKey })
  }
  expect(pairs[0]?.privateKey).not.toBe(pairs[1]?.privateKey)
})

test('halves that are no keys or not of one pair are refused without being shown', async () => {
  const [one, other] = [await generateKeyPair(), await generateKeyPair()]
  const wrong = [
    { privateKey: one.privateKey, publicKey: other.publicKey },
    { privateKey: 'short', publicKey: one.publicKey },
    { privateKey: `${one.privateKey.slice(0, -2)}B=`, publicKey: one.publicKey },
    { privateKey: one.privateKey, publicKey: undefined as unknown as string },
  ]
  for (const pair of wrong) {
    const error = thrownBy(() => checkKeyPair(pair))
    expect(isCVaultError(error) && error.code).toBe('INVALID_OPTIONS')
    expect(String(error)).not.toContain(one.privateKey)
  }
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
