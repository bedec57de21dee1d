import type { Pool } from 'pg'
import { newId } from '../ids.ts'
import { withTransaction } from '../sql.ts'
import type { Keyring } from './keyring.ts'

const atOnce = 200

/**
 * Wrap the data key of every tenant under the first key-encryption key. What they seal stays as it is and opens at every moment;
 * whatever ends this half-way, running it again goes on. Returns how many were wrapped anew.
 */
export async function rewrapKeys(pool: Pool, keyring: Pick<Keyring, 'rewrap' | 'kekId'>): Promise<number> {
  let rewrapped = 0
  for (let after: string | null = '00000000-0000-0000-0000-000000000000'; after !== null;) {
    const last: { id: string; count: number } | null = await rewrapSome(pool, keyring, after)
    rewrapped += last?.count ?? 0
    after = last?.id ?? null
  }
  return rewrapped
}

async function rewrapSome(pool: Pool, { rewrap, kekId }: Pick<Keyring, 'rewrap' | 'kekId'>, after: string) {
  return withTransaction(pool, async (sql) => {
    const rows = await sql<{ id: string; wrapped_key: Buffer; kek_id: string }>({
      text: `SELECT id, wrapped_key, kek_id FROM tenants WHERE id > $1 AND kek_id <> $2 ORDER BY id LIMIT ${atOnce} FOR NO KEY UPDATE`,
      values: [after, kekId],
    })
    const last = rows.at(-1)
    if (!last) return null
    await sql({
      text: `WITH wrapped AS (
          UPDATE tenants t SET wrapped_key = w.wrapped_key, kek_id = $3 FROM unnest($1::uuid[], $2::bytea[]) AS w(id, wrapped_key) WHERE t.id = w.id
        ), told AS (
          INSERT INTO events (id, type, data) VALUES ($4, 'encryption.keys_rewrapped', $6)
        )
        INSERT INTO audit_log (id, actor_type, actor_id, action, target_type, target_id, result, after)
        VALUES ($5, 'operator', 'rewrap-keys', 'encryption.rewrap', 'key', $3, 'success', $6)`,
      values: [
        rows.map(({ id }) => id),
        rows.map((row) => rewrap(row.id, { wrappedKey: row.wrapped_key, kekId: row.kek_id })),
        kekId,
        newId(),
        newId(),
        { kekId, tenants: rows.length },
      ],
    })
    return { id: last.id, count: rows.length }
  })
}

/** Refuse to work without a key that some tenant's secrets need: it must be found now, not when somebody asks for a config. */
export async function requireKeys(pool: Pool, { knows }: Pick<Keyring, 'knows'>): Promise<void> {
  const { rows } = await pool.query<{ kek_id: string; tenants: number }>(
    'SELECT kek_id, count(*)::int AS tenants FROM tenants GROUP BY kek_id',
  )
  const lost = rows.filter((row) => !knows(row.kek_id)).map((row) => `${row.kek_id} (${row.tenants} tenants)`)
  if (lost.length > 0)
    throw new Error(
      `Data keys are wrapped by ${lost.join(', ')}, which neither API_ENCRYPTION_KEY nor API_ENCRYPTION_KEY_OTHER is. Put that key back; nothing was changed.`,
    )
}
