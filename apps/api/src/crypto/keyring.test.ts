import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeTenant } from '../../test/factories.ts'
import { newId } from '../ids.ts'
import type { Keyring, Place } from './keyring.ts'
import { createKeyring } from './keyring.ts'

let api: TestApp
let keyring: Keyring
beforeAll(async () => {
  api = await buildTestApp()
  keyring = api.deps.keyring
})
afterAll(() => api.close())

const refusal = 'Unsupported state or unable to authenticate data'

async function newPlace(): Promise<Place> {
  const { tenantId } = await makeTenant(api.deps)
  return { tenantId, table: 'devices', rowId: newId(), column: 'private_key_encrypted' }
}
const kek = () => Buffer.from(api.env.API_ENCRYPTION_KEY, 'base64')

test('a value opens where it was sealed, on another replica too', async () => {
  const place = await newPlace()
  const sealed = await keyring.seal(place, 'a private key: ä€😀')
  expect(await keyring.open(place, sealed)).toBe('a private key: ä€😀')
  expect(await createKeyring(kek(), api.deps.pool).open(place, sealed)).toBe('a private key: ä€😀')
  expect(sealed.toString('latin1')).not.toContain('private')
})

test('moved to another tenant, table, row or column it opens no more', async () => {
  const place = await newPlace()
  const sealed = await keyring.seal(place, 'secret')
  const { tenantId } = await makeTenant(api.deps)
  for (const moved of [
    { tenantId },
    { table: 'peers' },
    { rowId: newId() },
    { column: 'preshared_key' },
    { table: 'device', column: 's:private_key_encrypted' },
  ])
    await expect(keyring.open({ ...place, ...moved }, sealed), JSON.stringify(moved)).rejects.toThrow(refusal)
  await expect(keyring.open(place, sealed.subarray(0, -1))).rejects.toThrow(refusal)
})

test('swapped in the database, two rows open neither', async () => {
  const [left, right] = [await newPlace(), await newPlace()]
  const [sealedLeft, sealedRight] = [await keyring.seal(left, 'left'), await keyring.seal(right, 'right')]
  await expect(keyring.open(left, sealedRight)).rejects.toThrow(refusal)
  await expect(keyring.open(right, sealedLeft)).rejects.toThrow(refusal)
})

test("one tenant's wrapped key is no key of another's", async () => {
  const [own, other] = [await newPlace(), await newPlace()]
  const sealed = await keyring.seal(own, 'secret')
  await api.deps.pool.query('UPDATE tenants SET wrapped_key = (SELECT wrapped_key FROM tenants WHERE id = $1) WHERE id = $2', [
    other.tenantId,
    own.tenantId,
  ])
  await expect(createKeyring(kek(), api.deps.pool).open(own, sealed)).rejects.toThrow(refusal)
})

test('with another key-encryption key nothing opens, and the message says which key is missing without showing any', async () => {
  const place = await newPlace()
  const sealed = await keyring.seal(place, 'secret')
  const other = randomBytes(32)
  const { kekId } = keyring.createDataKey(newId())
  const error = await createKeyring(other, api.deps.pool)
    .open(place, sealed)
    .catch((error: unknown) => error as Error)
  expect(String(error)).toContain(`wrapped by key ${kekId}`)
  expect(String(error)).toContain('API_ENCRYPTION_KEY')
  for (const key of [kek(), other])
    for (const encoding of ['hex', 'base64'] as const) expect(String(error)).not.toContain(key.toString(encoding))
  await expect(createKeyring(other, api.deps.pool).seal(place, 'secret')).rejects.toThrow('API_ENCRYPTION_KEY')
})

test('a tenant that is gone has no key', async () => {
  await expect(keyring.seal({ ...(await newPlace()), tenantId: newId() }, 'secret')).rejects.toThrow('the tenant is gone')
})

test('every tenant gets a key of its own, and a row never shows it', async () => {
  const tenantId = newId()
  const [first, second] = [keyring.createDataKey(tenantId), keyring.createDataKey(tenantId)]
  expect(first.wrappedKey).not.toEqual(second.wrappedKey)
  expect(first.wrappedKey).toHaveLength(1 + 12 + 16 + 32)
  expect(first.kekId).toMatch(/^[0-9a-f]{16}$/)
})

test("what belongs to the platform opens in its place only, and not as a tenant's", async () => {
  const sealed = keyring.sealPlatform(['idempotency_keys', 'row', 'response'], 'text')
  expect(keyring.openPlatform(['idempotency_keys', 'row', 'response'], sealed)).toBe('text')
  for (const place of [
    ['idempotency_keys', 'other', 'response'],
    ['idempotency_keys', 'row'],
    ['idempotency_keys|3:row', 'response'],
  ])
    expect(() => keyring.openPlatform(place, sealed)).toThrow(refusal)
  expect(() => createKeyring(randomBytes(32), api.deps.pool).openPlatform(['idempotency_keys', 'row', 'response'], sealed)).toThrow(refusal)
})
