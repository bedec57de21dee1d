import bcrypt from 'bcrypt'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPasswords } from './passwords.ts'

const cost = 4
const passwords = createPasswords('a pepper', cost)
const matches = async (password: string, hash: string | null) => (await passwords.verify(password, hash)).matches

// Text of a given number of bytes: letters, and characters of two to four bytes.
const text = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom('a', 'Z', '7', ' ', '\0', 'é', '漢', '😀'), { minLength, maxLength }).map((parts) => parts.join(''))

test('the password matches its hash, another does not', async () => {
  await fc.assert(
    fc.asyncProperty(text(1, 128), text(1, 128), async (password, other) => {
      const hash = await passwords.hash(password)
      expect(await matches(password, hash)).toBe(true)
      expect(await matches(other, hash)).toBe(other === password)
    }),
    { numRuns: 40 },
  )
})

test('a difference after byte 72 counts, wherever it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 72, max: 127 }), fc.constantFrom('b', '\0', 'é', ''), async (at, other) => {
      const password = 'a'.repeat(128)
      const changed = password.slice(0, at) + other + password.slice(at + 1)
      expect(await matches(changed, await passwords.hash(password))).toBe(false)
      expect(await matches(password, await passwords.hash(changed))).toBe(false)
    }),
    { numRuns: 40 },
  )
})

test('bcrypt on the password itself would have taken them for the same', async () => {
  const hash = await bcrypt.hash('a'.repeat(72), cost)
  expect(await bcrypt.compare(`${'a'.repeat(72)}b`, hash)).toBe(true)
})

test('what stands after a NUL counts', async () => {
  const hash = await passwords.hash('left\0right')
  expect(await matches('left\0wrong', hash)).toBe(false)
  expect(await matches('left', hash)).toBe(false)
  expect(await matches('left\0right', hash)).toBe(true)
})

test('the same letters match however the keyboard composes them', async () => {
  expect('é'.normalize('NFD')).not.toBe('é'.normalize('NFC'))
  expect(await matches('caf\u0065\u0301-passwort', await passwords.hash('caf\u00e9-passwort'))).toBe(true)
})

test('a hash is bcrypt at the configured cost, salted, of nothing that can be tried without the pepper', async () => {
  const [first, second] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')]
  expect(first).toMatch(/^\$2b\$04\$[./A-Za-z0-9]{53}$/)
  expect(second).not.toBe(first)
  expect(await bcrypt.compare('correct horse', first)).toBe(false)
  expect((await createPasswords('another pepper', cost).verify('correct horse', first)).matches).toBe(false)
})

test('nobody knows the password of the user who does not exist', async () => {
  expect(await matches('nobody has this password', null)).toBe(false)
  expect(await matches('', null)).toBe(false)
})

test('one derivation a verification, with a hash or without, right or wrong', async () => {
  const hash = await passwords.hash('right')
  for (const [password, stored] of [
    ['right', hash],
    ['wrong', hash],
    ['right', null],
  ] as const) {
    const before = passwords.stats().total
    await passwords.verify(password, stored)
    expect(passwords.stats().total - before).toBe(1)
  }
})

test('a hash of another cost is made again, for the right password only', async () => {
  const old = await createPasswords('a pepper', 5).hash('right')
  expect(await passwords.verify('wrong', old)).toEqual({ matches: false })
  const verdict = await passwords.verify('right', old)
  if (!verdict.matches || verdict.rehashed === null) throw new Error('The old hash was taken as it is')
  expect(bcrypt.getRounds(verdict.rehashed)).toBe(cost)
  expect(await passwords.verify('right', verdict.rehashed)).toEqual({ matches: true, rehashed: null })
})

test('two derive, a hundred wait, the next is told to come back', async () => {
  const busy = createPasswords('a pepper', cost)
  const accepted = Array.from({ length: 102 }, (_, index) => (index % 2 ? busy.hash(`password ${index}`) : busy.verify('x', null)))
  expect(busy.stats()).toEqual({ total: 2, waiting: 100 })
  await expect(busy.hash('one too many')).rejects.toMatchObject({ code: 'OVERLOADED', status: 503, retryAfterSeconds: 5 })
  await expect(busy.verify('one too many', null)).rejects.toMatchObject({ code: 'OVERLOADED' })
  expect(busy.stats()).toEqual({ total: 2, waiting: 100 })

  await Promise.all(accepted)
  expect(busy.stats()).toEqual({ total: 102, waiting: 0 })
  expect((await busy.verify('again', await busy.hash('again'))).matches).toBe(true)
})

test('no more than two derive at a time, and one that fails gives its place on', async () => {
  const busy = createPasswords('a pepper', cost)
  const broken = undefined as unknown as string
  let settled = 0
  const count = () => void (settled += 1)
  const work = Array.from({ length: 20 }, (_, index) => busy.verify(index % 3 ? 'x' : broken, null).then(count, count))
  while (settled < work.length) {
    expect(busy.stats().total - settled).toBeLessThanOrEqual(2)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(work)
  expect(busy.stats()).toEqual({ total: 20, waiting: 0 })
})

test('a flood of one tenant makes another wait for one turn, not for the flood', async () => {
  const busy = createPasswords('a pepper', cost)
  let floodDone = 0
  const flood = Array.from({ length: 60 }, () => busy.verify('x', null, 'noisy').then(() => (floodDone += 1)))
  await busy.verify('x', null, 'quiet')
  // The two that ran before it, and one turn of the noisy tenant's on each of the two places.
  expect(floodDone).toBeLessThanOrEqual(5)
  await Promise.all(flood)
  expect(busy.stats()).toEqual({ total: 61, waiting: 0 })
})

test('a tenant whose turn is full refuses its own, and nobody else', async () => {
  const busy = createPasswords('a pepper', cost)
  const flood = Array.from({ length: 102 }, () => busy.verify('x', null, 'noisy'))
  await expect(busy.verify('x', null, 'noisy')).rejects.toMatchObject({ code: 'OVERLOADED' })
  expect(await busy.verify('x', null, 'quiet')).toEqual({ matches: false })
  await Promise.all(flood)
})
