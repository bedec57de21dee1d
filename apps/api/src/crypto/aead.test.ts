import { createCipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { open, seal } from './aead.ts'

const key = randomBytes(32)
const place = ['v1', 'tenant', 'devices', 'row', 'private_key', 'dek1']
const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value))
// One of two messages, neither of which says anything of key or text.
const refusal = /^(Not a sealed value of a known version|Unsupported state or unable to authenticate data)$/

test('what was sealed opens in its place', () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.string(), { maxLength: 6 }), (plaintext, place) => {
      const sealed = seal(key, place, plaintext)
      expect(sealed).toHaveLength(1 + 12 + 16 + plaintext.length)
      expect(open(key, place, sealed)).toEqual(plaintext)
    }),
  )
})

test('one bit changed anywhere opens nothing', () => {
  const sealed = seal(key, place, Buffer.from('a private key of forty-four characters......'))
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    expect(() => open(key, place, changed), `bit ${bit}`).toThrow(refusal)
  }
})

test('any other value of any byte opens nothing', () => {
  const sealed = seal(key, place, Buffer.from('plaintext'))
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(at) ^ difference, at)
      expect(() => open(key, place, changed)).toThrow(refusal)
    }),
  )
})

test('nothing that is cut or longer opens', () => {
  const sealed = seal(key, place, Buffer.from('plaintext'))
  for (let length = 0; length < sealed.length; length += 1)
    expect(() => open(key, place, sealed.subarray(0, length)), `${length} bytes`).toThrow(refusal)
  expect(() => open(key, place, Buffer.concat([sealed, Buffer.of(0)]))).toThrow(refusal)
  const empty = seal(key, place, Buffer.alloc(0))
  expect(() => open(key, place, empty.subarray(0, -1))).toThrow('Not a sealed value')
})

// OpenSSL itself takes tags of 4 to 16 bytes; a short one can be guessed.
test.each([4, 8, 12, 13, 14, 15])('a genuine tag of %i bytes is refused', (authTagLength) => {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength })
  cipher.setAAD(Buffer.from(place.map((part) => `${Buffer.byteLength(part)}:${part}`).join('|')))
  const body = Buffer.concat([cipher.update('a plaintext long enough to be cut'), cipher.final()])
  const tag = cipher.getAuthTag()
  expect(tag).toHaveLength(authTagLength)
  expect(() => open(key, place, Buffer.concat([Buffer.of(1), iv, tag, body]))).toThrow(refusal)
  expect(() => open(key, place, Buffer.concat([Buffer.of(1), iv, tag]))).toThrow(refusal)
})

test('the same, made with the full tag, opens: the refusals above are for the tag', () => {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
  cipher.setAAD(Buffer.from(place.map((part) => `${Buffer.byteLength(part)}:${part}`).join('|')))
  const body = Buffer.concat([cipher.update('text'), cipher.final()])
  expect(open(key, place, Buffer.concat([Buffer.of(1), iv, cipher.getAuthTag(), body])).toString()).toBe('text')
})

test('it opens in no other place and with no other key', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
      fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
      (here, there) => {
        const sealed = seal(key, here, Buffer.from('plaintext'))
        if (JSON.stringify(here) !== JSON.stringify(there)) expect(() => open(key, there, sealed)).toThrow(refusal)
        expect(() => open(randomBytes(32), here, sealed)).toThrow(refusal)
      },
    ),
  )
})

test.each([
  [
    ['ab', 'c'],
    ['a', 'bc'],
  ],
  [['a|1:b'], ['a', 'b']],
  [['a', ''], ['a']],
  [
    ['', 'a'],
    ['a', ''],
  ],
  [['1:a'], ['a']],
])('%j and %j are different places', (here, there) => {
  expect(() => open(key, there, seal(key, here, Buffer.from('x')))).toThrow(refusal)
})

test('every nonce is new', () => {
  const nonces = new Set<string>()
  for (let count = 0; count < 20_000; count += 1) nonces.add(seal(key, [], Buffer.alloc(0)).toString('latin1', 1, 13))
  expect(nonces.size).toBe(20_000)
})
