import type { Deps } from '../deps.ts'
import { readDesiredState } from './peer-rows.ts'
import { faultOf } from './peer-rules.ts'
import { toPeerSpec } from './send-changes.ts'
import type { Session } from './session.ts'
import { assertLease, heedRestore } from './session.ts'

/**
 * Let the server boot with what it was last confirmed to hold. Not while it is only observed or its guard holds
 * peers back: after a reboot they would be gone.
 */
export async function saveBootFile(deps: Deps, session: Session): Promise<void> {
  await heedRestore(deps, session)
  const desired = await readDesiredState(deps.pool, session.lease.serverId)
  if (desired?.mode !== 'enforce' || session.guard !== 'clear') return
  const rules = { serverPublicKey: session.publicKey, pools: session.pools }
  const confirmed = desired.rows.filter(
    (row) =>
      row.desired === 'present' &&
      row.appliedGeneration === row.generation &&
      row.quarantineReason === null &&
      faultOf(row, rules) === null,
  )
  assertLease(session.lease)
  await session.driver.save({ fence: session.lease.fence, peers: confirmed.map(toPeerSpec) })
}
