import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  generateKeyPair,
  generatePresharedKey,
  isPrivateKey,
  KeyError,
  parsePresharedKey,
  parsePrivateKey,
  parsePublicKey,
  publicKeyFrom,
} from './keys.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const codeOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof KeyError) return error.code
    throw error
  }
  return 'accepted'
}

// Published lists of X25519 encodings of small order (RFC 7748 section 6, Bernstein's list, libsodium's blocklist).
const smallOrderHex = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]
// The same points plus p: small order for code that forgets to mask bit 255.
const unmaskedSmallOrderHex = [
  'cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880',
  '4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7',
  'd9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
]

describe('generateKeyPair', () => {
  it('makes a clamped private key and its public key', () => {
    for (let i = 0; i < 50; i++) {
      const { publicKey, privateKey } = generateKeyPair()
      const raw = Buffer.from(privateKey, 'base64')
      expect(raw.readUInt8(0) & 7).toBe(0)
      expect(raw.readUInt8(31) & 0b1100_0000).toBe(0b0100_0000)
      expect(parsePublicKey(publicKey)).toBe(publicKey)
      expect(publicKeyFrom(privateKey)).toBe(publicKey)
    }
  })

  it('never makes the same pair twice', () => {
    const keys = new Set(Array.from({ length: 200 }, () => generateKeyPair().privateKey))
    expect(keys.size).toBe(200)
  })
})

describe('publicKeyFrom', () => {
  it('gives the public keys of RFC 7748 section 6.1', () => {
    const bob = Buffer.from('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb', 'hex')
    expect(Buffer.from(publicKeyFrom(base64(bob)), 'base64').toString('hex')).toBe(
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    )
  })

  it('refuses what is not a private key, without repeating it', () => {
    const text = `${'s'.repeat(42)}t=`
    expect(() => publicKeyFrom(text)).toThrow(KeyError)
    expect(() => publicKeyFrom(text)).not.toThrow(text)
  })
})

describe('parsePublicKey', () => {
  it('accepts random canonical points and refuses every other text', () => {
    fc.assert(
      fc.property(bytes32, (bytes) => {
        const text = base64(bytes)
        expect(codeOf(() => parsePublicKey(text))).toBe((bytes[31] ?? 0) > 127 ? 'not-canonical-point' : 'accepted')
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void expect(codeOf(() => parsePublicKey(text))).toBe('not-canonical-base64')),
    )
  })

  it.each([...smallOrderHex, ...unmaskedSmallOrderHex])('refuses the small-order point %s', (hex) => {
    expect(codeOf(() => parsePublicKey(Buffer.from(hex, 'hex').toString('base64')))).not.toBe('accepted')
  })

  it('refuses every small-order point with the high bit set, and every encoding from p on', () => {
    for (const hex of smallOrderHex) {
      const bytes = Buffer.from(hex, 'hex')
      bytes.writeUInt8(bytes.readUInt8(31) ^ 128, 31)
      expect(codeOf(() => parsePublicKey(base64(bytes)))).not.toBe('accepted')
    }
    for (let low = 0xed; low <= 0xff; low++) {
      const bytes = Buffer.alloc(32, 255)
      bytes[0] = low
      bytes[31] = 127
      expect(codeOf(() => parsePublicKey(base64(bytes)))).toBe('not-canonical-point')
    }
  })

  it('agrees with OpenSSL, which finds no shared secret with these points', () => {
    const mine = createPrivateKey({
      key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), Buffer.from(generateKeyPair().privateKey, 'base64')]),
      format: 'der',
      type: 'pkcs8',
    })
    const spki = Buffer.from('302a300506032b656e032100', 'hex')
    const withHighBit = smallOrderHex.map((hex) => hex.slice(0, 62) + (Number.parseInt(hex.slice(62), 16) ^ 128).toString(16))
    for (const hex of [...smallOrderHex, ...withHighBit]) {
      const publicKey = createPublicKey({ key: Buffer.concat([spki, Buffer.from(hex, 'hex')]), format: 'der', type: 'spki' })
      expect(() => diffieHellman({ privateKey: mine, publicKey })).toThrow(/failed|derivation/i)
    }
    const good = createPublicKey({
      key: Buffer.concat([spki, Buffer.from(generateKeyPair().publicKey, 'base64')]),
      format: 'der',
      type: 'spki',
    })
    expect(diffieHellman({ privateKey: mine, publicKey: good })).toHaveLength(32)
  })

  it('refuses a second spelling of the same bytes', () => {
    fc.assert(
      fc.property(bytes32, fc.constantFrom(1, 2, 3), (bytes, spare) => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
        const text = base64(bytes)
        const twin = `${text.slice(0, 42)}${alphabet[alphabet.indexOf(text.charAt(42)) + spare]}=`
        expect(Buffer.from(twin, 'base64').equals(Buffer.from(bytes))).toBe(true)
        expect(codeOf(() => parsePublicKey(twin))).toBe('not-canonical-base64')
        for (const other of [`${text}\n`, ` ${text}`, text.slice(0, 43), `${text}=`, text.replace('=', ''), `${text}${text}`]) {
          expect(codeOf(() => parsePublicKey(other))).toBe('not-canonical-base64')
        }
      }),
    )
  })
})

describe('other keys', () => {
  it('accepts what it makes and refuses zero', () => {
    const zero = Buffer.alloc(32).toString('base64')
    expect(parsePresharedKey(generatePresharedKey())).toHaveLength(44)
    expect(codeOf(() => parsePresharedKey(zero))).toBe('zero')
    expect(codeOf(() => parsePrivateKey(zero))).toBe('zero')
    expect(parsePrivateKey(generateKeyPair().privateKey)).toHaveLength(44)
    expect(isPrivateKey(zero)).toBe(false)
    expect(isPrivateKey(generateKeyPair().privateKey)).toBe(true)
    expect(isPrivateKey(`${generateKeyPair().privateKey}\n`)).toBe(false)
  })
})
