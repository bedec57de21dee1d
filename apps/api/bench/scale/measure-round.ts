import type { Deps } from '../../src/deps.ts'
import { clockOf, secondsUntil } from './lanes.ts'
import type { ScaleOptions } from './options.ts'
import type { Report } from './report.ts'
import { seconds } from './report.ts'

/** All servers looked at and metered at once, as fast as it goes: no period can be shorter. */
export async function measureRound({ deps, options, report }: { deps: Deps; options: ScaleOptions; report: Report }): Promise<void> {
  const since = await clockOf(deps.pool)
  await deps.pool.query("SELECT pg_notify('cvault_lane', id || ' look') FROM servers")
  const took = await secondsUntil(deps.pool, 'looked at', ({ looked }) => looked === options.servers, { since, timeoutSeconds: 600 })
  report.add(
    'a metering round of all servers at once',
    `${seconds(took)}, ${(options.servers / took).toFixed(1)} servers/s, ${(options.devices / took).toFixed(0)} peers/s`,
  )
}
