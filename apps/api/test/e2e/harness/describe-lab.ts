import { tail } from './api-process.ts'
import type { Lab } from './lab.ts'

const laneStates = `
  SELECT s.name, s.status, s.mode, l.reachable, l.fence, l.lease_expires_at, l.last_reconciled_at, l.last_error, l.guard_unexplained
  FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id`
const unconfirmedPeers = `
  SELECT server_id, left(public_key, 8) AS key, allowed_ips, desired, generation, applied_generation, quarantine_reason
  FROM peers WHERE applied_generation IS DISTINCT FROM generation OR desired = 'removed'
  ORDER BY generation LIMIT 20`

/** What somebody needs who looks at a failed run: lanes, unconfirmed rows, interfaces, the end of the API's log. Public keys are cut, others absent. */
export async function describeLab(lab: Lab): Promise<string> {
  const rows = async (sql: string) => (await lab.db.query(sql)).rows.map((row) => `  ${JSON.stringify(row, bigintText)}`)
  const interfaces = await Promise.all(
    lab.servers.map(async ({ real }) => {
      const peers = await real.peers().catch((error: unknown) => String(error))
      return `  ${real.name}: ${typeof peers === 'string' ? peers : peers.map((peer) => `${peer.publicKey.slice(0, 8)}=${peer.allowedIps.join('+')}`).join(' ')}`
    }),
  )
  return [
    'lanes:',
    ...(await rows(laneStates)),
    'peers not confirmed:',
    ...(await rows(unconfirmedPeers)),
    'interfaces:',
    ...interfaces,
    `API ${lab.api.isRunning() ? 'runs' : 'does not run'}. ${tail(lab.api.log())}`,
  ].join('\n')
}

const bigintText = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
