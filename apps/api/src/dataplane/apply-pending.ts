import type { Deps } from '../deps.ts'
import { planPending } from './diff.ts'
import { isolate } from './isolation.ts'
import { readPending, readPools } from './peer-rows.ts'
import { faultOf } from './peer-rules.ts'
import type { Doubts, Sent } from './send-changes.ts'
import { batchSize, sendChanges } from './send-changes.ts'
import type { Session } from './session.ts'
import { heedRestore } from './session.ts'

/** One round of group commit: whatever changed since the last one, in one query, one batch and one transaction. */
export async function applyPending(deps: Deps, session: Session, doubts: Doubts): Promise<Sent & { hasMore: boolean }> {
  await heedRestore(deps, session)
  const rows = await readPending(deps.pool, session.lease, batchSize)
  const plan = () => planPending(rows, (row) => faultOf(row, { serverPublicKey: session.publicKey, pools: session.pools }))
  let changes = plan()
  if (changes.refused.length > 0) {
    // Perhaps the peer is right and its pool newer than ours.
    session.pools = await readPools(deps.pool)
    changes = plan()
  }
  const mayAdd = await isolate(deps, session)
  if (!mayAdd) changes.upsert = []
  const canGoOn = mayAdd || rows.some((row) => row.desired !== 'present')
  return { ...(await sendChanges(deps, session, changes, [], doubts)), hasMore: rows.length === batchSize && canGoOn }
}
