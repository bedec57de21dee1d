import { createHash, randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { createCache } from '../bounded-cache.ts'
import { open, seal } from './aead.ts'

/** Where a sealed value lives; it opens only there. */
export type Place = { tenantId: string; table: string; rowId: string; column: string }

export type Keyring = {
  /** Names the key-encryption key that new data keys are wrapped by. */
  kekId: string
  /** Whether what this key wrapped can be unwrapped. */
  knows(kekId: string): boolean
  /** A tenant's data key, wrapped by the first key-encryption key instead. */
  rewrap(tenantId: string, row: { wrappedKey: Uint8Array; kekId: string }): Buffer<ArrayBuffer>
  /** A fresh data key for a tenant, wrapped under the key-encryption key. */
  createDataKey(tenantId: string): { wrappedKey: Buffer<ArrayBuffer>; kekId: string }
  /** Keep a data key that was read in a transaction, where its tenant may be new and a second connection must not be asked for. */
  adopt(tenantId: string, row: { wrappedKey: Uint8Array; kekId: string }): void
  seal(place: Place, plaintext: string): Promise<Buffer<ArrayBuffer>>
  open(place: Place, sealed: Uint8Array): Promise<string>
  /** For what belongs to no tenant. */
  sealPlatform(place: string[], plaintext: string): Buffer<ArrayBuffer>
  openPlatform(place: string[], sealed: Uint8Array): string
}

const dataKeyId = 'dek1'

const idOf = (kek: Buffer): string => createHash('sha256').update(kek).digest('hex').slice(0, 16)

/**
 * Key-encryption key → one data key a tenant → AES-256-GCM bound to tenant, table, row and column. `others` open what they once
 * sealed, and seal nothing.
 */
export function createKeyring(kek: Buffer, pool: Pool, others: Buffer[] = []): Keyring {
  const kekId = idOf(kek)
  const keks = new Map([kek, ...others].map((key) => [idOf(key), key]))
  const dataKeys = createCache<Buffer>(20_000, 600_000)
  const wrapPlace = (tenantId: string, kekId: string) => ['v1', tenantId, 'tenants', 'wrapped_key', kekId]
  const platformPlace = (place: string[], kekId: string) => ['v1', 'platform', ...place, kekId]

  async function dataKey(tenantId: string): Promise<Buffer> {
    const cached = dataKeys.get(tenantId)
    if (cached) return cached
    const { rows } = await pool.query<{ wrapped_key: Buffer; kek_id: string }>({
      name: 'tenant-data-key',
      text: 'SELECT wrapped_key, kek_id FROM tenants WHERE id = $1',
      values: [tenantId],
    })
    const row = rows[0]
    if (!row) throw new Error('No data key: the tenant is gone')
    return unwrap(tenantId, row.wrapped_key, row.kek_id)
  }

  function unwrap(tenantId: string, wrappedKey: Uint8Array, rowKekId: string): Buffer {
    const kek = keks.get(rowKekId)
    if (!kek) throw new Error(`The tenant's data key is wrapped by key ${rowKekId}; API_ENCRYPTION_KEY is key ${kekId}`)
    const key = open(kek, wrapPlace(tenantId, rowKekId), wrappedKey)
    dataKeys.set(tenantId, key)
    return key
  }

  const placeOf = (place: Place) => ['v1', place.tenantId, place.table, place.rowId, place.column, dataKeyId]

  function openPlatform(place: string[], sealed: Uint8Array): string {
    const errors: unknown[] = []
    for (const [id, key] of keks) {
      try {
        return open(key, platformPlace(place, id), sealed).toString()
      } catch (error) {
        errors.push(error)
      }
    }
    throw errors[0]
  }

  return {
    kekId,
    knows: (id) => keks.has(id),
    rewrap: (tenantId, row) => seal(kek, wrapPlace(tenantId, kekId), unwrap(tenantId, row.wrappedKey, row.kekId)),
    createDataKey(tenantId) {
      const key = randomBytes(32)
      const wrappedKey = seal(kek, wrapPlace(tenantId, kekId), key)
      return { wrappedKey, kekId }
    },
    adopt(tenantId, row) {
      if (!dataKeys.has(tenantId)) unwrap(tenantId, row.wrappedKey, row.kekId)
    },
    async seal(place, plaintext) {
      return seal(await dataKey(place.tenantId), placeOf(place), Buffer.from(plaintext))
    },
    async open(place, sealed) {
      return open(await dataKey(place.tenantId), placeOf(place), sealed).toString()
    },
    sealPlatform: (place, plaintext) => seal(kek, platformPlace(place, kekId), Buffer.from(plaintext)),
    openPlatform,
  }
}
