import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { openPool } from '../db.ts'
import { newId } from '../ids.ts'
import type { Place } from './keyring.ts'
import { createKeyring } from './keyring.ts'
import { requireKeys, rewrapKeys } from './rewrap-keys.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

/** Tenants in numbers, each with something sealed. */
async function sealMany(count: number): Promise<Array<{ place: Place; sealed: Buffer }>> {
  const { keyring, pool } = api.deps
  const ids = Array.from({ length: count }, newId)
  const keys = ids.map((id) => keyring.createDataKey(id))
  await pool.query(
    `INSERT INTO tenants (id, name, wrapped_key, kek_id, updated_at) SELECT id, 'one of many', wrapped_key, $3, now() FROM unnest($1::uuid[], $2::bytea[]) AS t(id, wrapped_key)`,
    [ids, keys.map(({ wrappedKey }) => wrappedKey), keyring.kekId],
  )
  const places = ids.map((tenantId) => ({ tenantId, table: 'devices', rowId: newId(), column: 'private_key_encrypted' }))
  return Promise.all(places.map(async (place) => ({ place, sealed: await keyring.seal(place, place.tenantId) })))
}

const oldKek = () => Buffer.from(api.env.API_ENCRYPTION_KEY, 'base64')

test('the key is replaced while everything is read and the replacing is killed again and again', async () => {
  const { pool } = api.deps
  const values = await sealMany(1_500)
  const newKek = randomBytes(32)
  const both = () => createKeyring(newKek, pool, [oldKek()])
  let isDone = false
  let reads = 0
  const reading = (async () => {
    // Each with empty memory, as of a replica that has just started; every other one still seals with the old key.
    while (!isDone) {
      const keyring = reads % 2 === 0 ? both() : createKeyring(oldKek(), pool, [newKek])
      for (const { place, sealed } of values.slice(reads % 100, (reads % 100) + 20))
        expect(await keyring.open(place, sealed)).toBe(place.tenantId)
      reads += 1
    }
  })()

  const doomed = openPool(`${api.env.DATABASE_URL}?application_name=rewrapping`, { size: 1, log: api.deps.log })
  let [calls, kills, rounds] = [0, 0, 0]
  const keyring = both()
  const fatal: typeof keyring.rewrap = (...args) => {
    calls += 1
    if (calls % 50 === 0 && kills < 20) {
      kills += 1
      void pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rewrapping'`)
    }
    return keyring.rewrap(...args)
  }
  for (let ended = false; !ended; rounds += 1) {
    ended = await rewrapKeys(doomed, { ...keyring, rewrap: fatal }).then(
      () => true,
      () => false,
    )
  }
  await doomed.end()
  isDone = true
  await reading
  expect(reads).toBeGreaterThan(0)
  expect(kills).toBe(20)
  expect(rounds, 'those that were killed, and the last').toBeGreaterThan(1)

  // The old key can be destroyed.
  const alone = createKeyring(newKek, pool)
  await requireKeys(pool, alone)
  for (const { place, sealed } of values) expect(await alone.open(place, sealed)).toBe(place.tenantId)
  expect(await rewrapKeys(pool, both())).toBe(0)
  const audited = await api.deps.prisma.auditEntry.findMany({ where: { action: 'encryption.rewrap' } })
  expect(audited.reduce((sum, { after }) => sum + (after as { tenants: number }).tenants, 0)).toBe(await api.deps.prisma.tenant.count())
  await expect(requireKeys(pool, createKeyring(oldKek(), pool))).rejects.toThrow(`wrapped by ${alone.kekId}`)
})

test('what belongs to no tenant opens with either key, and is sealed with the first', () => {
  const [first, second] = [randomBytes(32), randomBytes(32)]
  const place = ['mails', newId()]
  const sealed = createKeyring(first, api.deps.pool).sealPlatform(place, 'text')
  const turned = createKeyring(second, api.deps.pool, [first])
  expect(turned.openPlatform(place, sealed)).toBe('text')
  expect(createKeyring(second, api.deps.pool).openPlatform(place, turned.sealPlatform(place, 'text'))).toBe('text')
  expect(() => createKeyring(second, api.deps.pool).openPlatform(place, sealed)).toThrow('unable to authenticate')
})
