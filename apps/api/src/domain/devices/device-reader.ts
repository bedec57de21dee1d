import type { Pool } from 'pg'
import type { GroupCommit } from '../../group-commit.ts'
import { createGroupCommit } from '../../group-commit.ts'
import type { DeviceSummary } from './shared.ts'
import { deviceTables, summaryColumns } from './shared.ts'

type Wanted = { tenantId: string; userId: string; deviceId: string }

export type DeviceReader = GroupCommit<Wanted, DeviceSummary | null>

/**
 * Reads that arrive together share one query: most of what a look at one row costs is asking.
 * Each is found under its own tenant and user, as if it had been asked for alone.
 */
export function createDeviceReader(pool: Pool): DeviceReader {
  return createGroupCommit<Wanted, DeviceSummary | null>({
    async run(wanted) {
      const { rows } = await pool.query<DeviceSummary & { number: string }>({
        name: 'device-get',
        text: `SELECT device.*, w.number
               FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS w(tenant_id, user_id, id, number)
               CROSS JOIN LATERAL (
                 SELECT ${summaryColumns} FROM ${deviceTables}
                 WHERE d.tenant_id = w.tenant_id AND d.tenant_user_id = w.user_id AND d.id = w.id AND d.status = 'active') AS device`,
        values: [wanted.map(({ tenantId }) => tenantId), wanted.map(({ userId }) => userId), wanted.map(({ deviceId }) => deviceId)],
      })
      const byNumber = new Map(rows.map((row) => [Number(row.number), row]))
      return wanted.map((_, index) => ({ result: byNumber.get(index + 1) ?? null }))
    },
    isFaultOfOne: () => false,
  })
}
