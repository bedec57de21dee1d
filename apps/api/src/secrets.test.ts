import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deriveKey, isSameSecret, isToken, newToken, sha256, tokenFrom, tokenPrefixes } from './secrets.ts'

const kinds = Object.keys(tokenPrefixes) as Array<keyof typeof tokenPrefixes>
const kind = fc.constantFrom(...kinds)
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))

test('every 32 bytes give a token of one length, in letters and digits, that is its own', () => {
  fc.assert(
    fc.property(kind, bytes32, (kind, bytes) => {
      const token = tokenFrom(kind, bytes)
      expect(token).toMatch(/^cv[a-z]_[0-9A-Za-z]{49}$/)
      expect(isToken(kind, token)).toBe(true)
      expect(tokenFrom(kind, bytes)).toBe(token)
      for (const other of kinds) expect(isToken(other, token)).toBe(other === kind)
    }),
  )
})

test.each([
  ['zero', Buffer.alloc(32)],
  ['one', Buffer.from('1'.padStart(64, '0'), 'hex')],
  ['all ones', Buffer.alloc(32, 0xff)],
])('%s in 32 bytes is no shorter and no longer', (_name, bytes) => {
  const token = tokenFrom('apiSecret', bytes)
  expect(token).toHaveLength(53)
  expect(isToken('apiSecret', token)).toBe(true)
})

test('different bytes never give the same token', () => {
  fc.assert(
    fc.property(bytes32, bytes32, (left, right) => {
      expect(tokenFrom('refresh', left) === tokenFrom('refresh', right)).toBe(left.equals(right))
    }),
  )
  const bytes = randomBytes(32)
  const tokens = new Set([tokenFrom('refresh', bytes)])
  for (let bit = 0; bit < 256; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    tokens.add(tokenFrom('refresh', flipped))
  }
  expect(tokens.size).toBe(257)
})

test('a change of any one character, whatever it is, is no token', () => {
  const token = newToken('apiKey')
  for (let at = 0; at < token.length; at += 1) {
    for (let code = 0; code < 128; code += 1) {
      const character = String.fromCharCode(code)
      if (character === token[at]) continue
      expect(isToken('apiKey', token.slice(0, at) + character + token.slice(at + 1)), `${code} at ${at}`).toBe(false)
    }
  }
})

test('two neighbours changed places, one lost or one too many is no token', () => {
  fc.assert(
    fc.property(bytes32, fc.nat(51), fc.string({ minLength: 1, maxLength: 3 }), (bytes, at, extra) => {
      const token = tokenFrom('refresh', bytes)
      const [left = '', right = ''] = token.slice(at, at + 2)
      if (left !== right) expect(isToken('refresh', token.slice(0, at) + right + left + token.slice(at + 2))).toBe(false)
      expect(isToken('refresh', token.slice(0, at) + token.slice(at + 1))).toBe(false)
      expect(isToken('refresh', token + extra)).toBe(false)
      expect(isToken('refresh', extra + token)).toBe(false)
    }),
  )
})

test('no other text is a token', () => {
  fc.assert(fc.property(kind, fc.string({ maxLength: 60 }), (kind, text) => !isToken(kind, text)))
  fc.assert(fc.property(kind, fc.stringMatching(/^[0-9A-Za-z]{49}$/), (kind, text) => !isToken(kind, tokenPrefixes[kind] + text)))
})

test('new tokens do not repeat', () => {
  const tokens = Array.from({ length: 10_000 }, () => newToken('apiSecret'))
  expect(new Set(tokens).size).toBe(tokens.length)
})

test('secrets of any lengths can be compared', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (left, right) => isSameSecret(left, right) === (left === right)))
  expect(isSameSecret('', '')).toBe(true)
  expect(isSameSecret('a', 'a\0')).toBe(false)
})

test('a derived key depends on secret and purpose, and is neither', () => {
  const key = deriveKey('secret', 'one')
  expect(key).toHaveLength(32)
  expect(deriveKey('secret', 'one')).toEqual(key)
  expect(deriveKey('secret', 'two')).not.toEqual(key)
  expect(deriveKey('other', 'one')).not.toEqual(key)
  expect(key).not.toEqual(sha256('secret'))
})
