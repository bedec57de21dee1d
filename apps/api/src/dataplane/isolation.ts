import { createHash } from 'node:crypto'
import type { PacketRules, RulesState } from '@cvault/wg/driver'
import { DriverError } from '@cvault/wg/driver'
import type { Deps } from '../deps.ts'
import { newId } from '../ids.ts'
import { reportError } from './lane-state.ts'
import { readPacketRules } from './packet-rules.ts'
import type { Session } from './session.ts'
import { assertLease } from './session.ts'

/** Of a server's packet rules. `waived`: they are not there, and REQUIRE_ISOLATION says that they need not be. */
export type IsolationState = 'active' | 'unavailable' | 'waived'

/** What a session knows of the rules on its server. */
export type LoadedRules = {
  /** As the server said when they were loaded, perhaps to another worker; null when it has none of ours. */
  hash: RulesState | null
  /** Of what was asked for then, perhaps by another worker. */
  askedHash: string | null
  /** What was asked for, to see that it is still the same; empty until this session has loaded it. */
  asked: string
  /** They could not be loaded, or not be kept for the next boot: the next look tries again. */
  isDoubtful: boolean
}

/**
 * Make the packet rules of a server equal to the rows. Called before each change of peers, with rows read before: so an
 * address loses its rights no later than its peer, and is given to nobody else before both are seen to be gone.
 * `seen` is what a look was told of the rules. Returns whether peers may be added.
 */
export async function isolate(deps: Deps, session: Session, seen?: RulesState): Promise<boolean> {
  const { rules } = session
  if (seen === undefined && rules.isDoubtful && rules.hash === null) return mayAdd(deps, rules)
  if (seen === 'unavailable') return giveUp(deps, session)
  const wanted = await readPacketRules(deps.pool, session.lease)
  if (!wanted) return false
  const asked = JSON.stringify(wanted)
  const isDrifted = seen !== undefined && rules.hash !== null && seen !== rules.hash
  if (asked === rules.asked && !isDrifted && !(rules.isDoubtful && seen !== undefined)) return true
  if (!(await load(deps, session, wanted))) return giveUp(deps, session)
  Object.assign(rules, { asked, askedHash: hashOf(asked) })
  deps.metrics.isolationRounds.inc({ result: isDrifted ? 'repaired' : 'loaded' })
  await reportIsolation(deps, session, 'active', isDrifted)
  return true
}

/** Of the packet rules. `outdated`: as they were given, and the rows say something else by now. */
export type RulesDrift = 'missing' | 'changed' | 'outdated' | 'unavailable'

/**
 * In what the rules a look was told of differ, before anything is done about it. Of a server that is observed that is all that
 * enforcing would change; of another one, what somebody else did.
 */
export async function driftOfRules(
  deps: Deps,
  session: Session,
  seen: RulesState,
  mode: 'enforce' | 'observe',
): Promise<RulesDrift | null> {
  const { hash, askedHash, isDoubtful } = session.rules
  // Where that is to be repaired, `isolation` says that it cannot be.
  if (seen === 'unavailable') return mode === 'observe' ? 'unavailable' : null
  if (seen !== hash) return mode === 'enforce' && hash === null && !isDoubtful ? null : seen === 'none' ? 'missing' : 'changed'
  if (mode === 'enforce') return null
  const wanted = await readPacketRules(deps.pool, session.lease, mode)
  return wanted && hashOf(JSON.stringify(wanted)) !== askedHash ? 'outdated' : null
}

const hashOf = (asked: string): string => createHash('sha256').update(asked).digest('hex')

/** False when the server could not: what it had still stands. */
async function load(deps: Deps, session: Session, wanted: PacketRules): Promise<boolean> {
  assertLease(session.lease)
  session.sequence += 1n
  try {
    const result = await session.driver.loadRules({ fence: session.lease.fence, sequence: session.sequence, ...wanted })
    Object.assign(session.rules, { hash: result.rules, isDoubtful: !result.isSaved })
    if (result.leftOut > 0) deps.log.warn({ serverId: session.lease.serverId, leftOut: result.leftOut }, 'a server left out packet rules')
    if (!result.isSaved) await reportError(deps.pool, session.lease, 'failed', true)
    return true
  } catch (error) {
    if (!(error instanceof DriverError) || error.code !== 'failed') throw error
    deps.log.warn({ serverId: session.lease.serverId, err: error }, 'a server did not load its packet rules')
    return false
  }
}

async function giveUp(deps: Deps, session: Session): Promise<boolean> {
  Object.assign(session.rules, { hash: null, askedHash: null, asked: '', isDoubtful: true })
  deps.metrics.isolationRounds.inc({ result: 'unavailable' })
  await reportIsolation(deps, session, deps.env.REQUIRE_ISOLATION ? 'unavailable' : 'waived', false)
  return mayAdd(deps, session.rules)
}

const mayAdd = (deps: Deps, rules: LoadedRules): boolean => rules.hash !== null || !deps.env.REQUIRE_ISOLATION

/** Into `server_lanes`, and told once. A lane that has lost its lease writes nothing. */
async function reportIsolation(deps: Deps, { lease, rules }: Session, state: IsolationState, isRepaired: boolean): Promise<void> {
  await deps.pool.query({
    name: 'lane-isolation',
    text: `WITH before AS (
        SELECT isolation FROM server_lanes WHERE server_id = $1 AND fence = $2 FOR UPDATE
      ), reported AS (
        UPDATE server_lanes l SET isolation = $3, isolation_hash = $4, isolation_asked = $8, isolation_at = now()
        FROM before WHERE l.server_id = $1 AND ((l.isolation, l.isolation_hash, l.isolation_asked) IS DISTINCT FROM ($3::varchar, $4::varchar, $8::varchar) OR $5)
      ), repaired AS (
        INSERT INTO events (id, type, data) SELECT $6, 'server.isolation.repaired', jsonb_build_object('serverId', $1::uuid) FROM before WHERE $5
      )
      INSERT INTO events (id, type, data)
      SELECT $7, CASE $3 WHEN 'active' THEN 'server.isolation.active' ELSE 'server.isolation.unavailable' END, jsonb_build_object('serverId', $1::uuid)
      FROM before WHERE isolation IS DISTINCT FROM $3 AND (isolation IS NOT NULL OR $3 <> 'active')`,
    values: [lease.serverId, lease.fence, state, rules.hash, isRepaired, newId(), newId(), rules.askedHash],
  })
}
