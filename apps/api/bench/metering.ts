import { createHash } from 'node:crypto'
import { decodeDump } from '@cvault/wg/protocol'
import type { Pool } from 'pg'
import { handshakeLifeSeconds, meterPeers } from '../src/dataplane/meter.ts'
import { readDesiredState } from '../src/dataplane/peer-rows.ts'
import { recordRound } from '../src/dataplane/record-round.ts'
import { createPool } from '../src/db.ts'
import { newId } from '../src/ids.ts'
import type { Figure } from './figures.ts'
import type { BenchLab } from './lab.ts'
import { medianOf } from './load.ts'
import { withDatabase } from './with-database.ts'

const rounds = 9
const periodMs = 15_000

/** A round of a server all of whose peers moved bytes: the agent's text is read, compared with the rows, and sealed, summed and stored. */
export async function meterMany(lab: BenchLab, peers: number, note: (text: string) => void): Promise<Figure> {
  note(`B8: ${rounds} rounds of ${peers} busy peers`)
  return withDatabase(lab, 'bench_metering', async (pool, url) => {
    await fillPeers(pool, peers)
    const platform = createPool(url, 2)
    try {
      const times: number[] = []
      for (let round = 1; round <= rounds; round += 1) times.push(await meterOnce(platform, round))
      // The first opens the day's rows and every session; the others are what a day is made of.
      const detail = `median of ${rounds - 1} rounds of ${peers} peers, from the agent's text to the commit; the first of a day ${times[0]?.toFixed(0)} ms`
      return { id: 'B8', value: medianOf(times.slice(1)) / 1_000, unit: 's', direction: 'at-most', bar: 2, aim: 0.5, detail }
    } finally {
      await platform.end()
    }
  })
}

async function meterOnce(pool: Pool, round: number): Promise<number> {
  const { rows: servers } = await pool.query<{ id: string; publicKey: string }>('SELECT id, public_key AS "publicKey" FROM servers')
  const [server] = servers
  if (!server) throw new Error('There is no server.')
  const desired = await readDesiredState(pool, server.id)
  if (!desired) throw new Error('The server is gone.')
  const text = dumpOf(server.publicKey, desired.rows, Math.floor(desired.readAt.getTime() / 1_000), round)
  const beganMs = performance.now()
  const dump = decodeDump(1, text)
  const { samples, online } = meterPeers(desired.rows, dump, desired.readAt, periodMs)
  const usage = { samples, online, onlineSeconds: 15, takenAt: desired.readAt, silenceSeconds: handshakeLifeSeconds + periodMs / 1_000 }
  const tenants = await recordRound(pool, { serverId: server.id, fence: 1n }, usage)
  if (samples.length !== desired.rows.length || tenants.length === 0)
    throw new Error(`Metered ${samples.length} of ${desired.rows.length} peers.`)
  return performance.now() - beganMs
}

/** As an agent answers: who shook hands when, and counters that grow with every round. Handshakes are renewed each eighth. */
function dumpOf(serverKey: string, rows: Array<{ publicKey: string; allowedIps: string[] }>, nowSeconds: number, round: number): string {
  const lines = rows.map(({ publicKey, allowedIps }, place) => {
    const handshake = nowSeconds - 15 * ((round + place) % 8)
    return `peer ${publicKey} 0 198.51.100.7:${40_000 + (place % 20_000)} ${allowedIps.join()} ${handshake} ${round * (1_000 + place)} ${round * (3_000 + place)}\n`
  })
  const body = [`interface bench.1 ${serverKey} 51820 none\n`, ...lines].join('')
  return `${body}end 1 ${lines.length + 1} ${Buffer.byteLength(body)}\n`
}

/** Two devices a user, of a hundred tenants, all on one server. */
async function fillPeers(pool: Pool, peers: number): Promise<void> {
  await pool.query("SET session_replication_role = 'replica'")
  await pool.query(
    `INSERT INTO servers (id, name, region, host, ssh_user, host_key, public_ip, public_key, capacity)
     VALUES ($1, 'bench', 'bench', '192.0.2.1', 'cvault', 'none', '192.0.2.1', $2, 65000)`,
    [newId(), createHash('sha256').update('bench').digest('base64')],
  )
  await pool.query('INSERT INTO server_lanes (server_id, fence, reachable) SELECT id, 1, true FROM servers')
  await pool.query(
    `INSERT INTO tenants (id, name, wrapped_key, kek_id) SELECT gen_random_uuid(), 'Tenant ' || n, '', '' FROM generate_series(1, 100) AS n`,
  )
  await pool.query(
    `INSERT INTO tenant_users (id, tenant_id, external_user_id)
     SELECT gen_random_uuid(), t.id, 'user-' || n FROM generate_series(1, $1::int / 2) AS n
     JOIN (SELECT id, row_number() OVER () AS place FROM tenants) t ON t.place = 1 + n % 100`,
    [peers],
  )
  await pool.query(
    `INSERT INTO devices (id, tenant_id, tenant_user_id, device_name, public_key, pool_id, assigned_ip, server_id)
     SELECT gen_random_uuid(), u.tenant_id, u.id, 'Device', encode(sha256((u.id::text || n)::bytea), 'base64'), gen_random_uuid(),
       '10.0.0.0'::inet + row_number() OVER (), s.id FROM servers s, tenant_users u, generate_series(1, 2) AS n`,
  )
  await pool.query(
    `INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips, generation, applied_generation, applied_at)
     SELECT gen_random_uuid(), tenant_id, id, server_id, public_key, ARRAY[host(assigned_ip) || '/32'], 1, 1, now() - interval '1 hour' FROM devices`,
  )
  await pool.query('VACUUM ANALYZE')
}
