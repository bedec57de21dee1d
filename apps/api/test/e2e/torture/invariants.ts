import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { verifyMetering } from '../../../src/metering/verify-metering.ts'
import { expectConverged } from '../harness/convergence.ts'
import type { Lab } from '../harness/lab.ts'
import type { History } from './history.ts'
import { uuidPattern } from './history.ts'
import type { KnownTenant } from './tenants.ts'
import { mostDevices } from './tenants.ts'

/** INV2, of tenants and users: what was acknowledged last is what holds, and peers are wanted as it says. */
export async function expectStatesKept({ db }: Lab, tenants: KnownTenant[]): Promise<void> {
  for (const { name, id, status, bandwidthLimitGb, allowClientToClient, users } of tenants) {
    const { rows } = await db.query(
      'SELECT status, coalesce(bandwidth_limit_gb::text, $2) AS gb, allow_client_to_client FROM tenants WHERE id = $1',
      [id, 'none'],
    )
    const known = {
      ...(status !== null && { status }),
      ...(bandwidthLimitGb !== null && { gb: String(bandwidthLimitGb) }),
      ...(allowClientToClient !== null && { allow_client_to_client: allowClientToClient }),
    }
    expect(rows[0], name).toMatchObject(known)
    for (const user of users) {
      if (user.status === null) continue
      const { rows: found } = await db.query('SELECT status FROM tenant_users WHERE id = $1', [user.id])
      expect(found, `user of ${name}`).toEqual([{ status: user.status }])
    }
  }
  const { rows: half } = await db.query(`
    SELECT d.id, d.status, t.status AS tenant, u.status AS person, t.bandwidth_exceeded_at, array_agg(p.desired) AS desired
    FROM devices d JOIN tenants t ON t.id = d.tenant_id JOIN tenant_users u ON u.id = d.tenant_user_id
    LEFT JOIN peers p ON p.device_id = d.id AND p.desired <> 'removed'
    GROUP BY d.id, t.id, u.id
    HAVING array_agg(p.desired::text) IS DISTINCT FROM ARRAY[CASE
      WHEN d.status = 'revoked' THEN NULL
      WHEN t.status = 'suspended' OR u.status = 'disabled' OR t.bandwidth_exceeded_at IS NOT NULL THEN 'suspended' ELSE 'present' END]`)
  expect(half, 'devices that are not wanted as their tenant and user are').toEqual([])
  const { rows: miscounted } = await db.query(`
    SELECT 'load of ' || s.name AS what, s.current_load AS kept, count(d.id)::int AS counted
      FROM servers s LEFT JOIN devices d ON d.server_id = s.id AND d.status = 'active' GROUP BY s.id HAVING s.current_load <> count(d.id)
    UNION ALL
    SELECT 'users of ' || t.name, t.user_count, count(u.id)::int
      FROM tenants t LEFT JOIN tenant_users u ON u.tenant_id = t.id AND u.deleted_at IS NULL GROUP BY t.id HAVING t.user_count <> count(u.id)
    UNION ALL
    SELECT 'devices of a user of ' || t.name, t.max_devices_per_user, count(*)::int
      FROM devices d JOIN tenants t ON t.id = d.tenant_id WHERE d.status = 'active' AND t.name LIKE 'Torture %'
      GROUP BY t.id, d.tenant_user_id HAVING count(*) > ${mostDevices}`)
  expect(miscounted, 'counters that are wrong').toEqual([])
}

/** INV1 to INV3: servers hold what the rows say and nothing else, promises are kept, no address or key is there twice. */
export async function expectPromisesKept(lab: Lab, tenants: KnownTenant[], withinMs: number): Promise<void> {
  await expectConverged(lab, withinMs)
  const peers = new Map((await Promise.all(lab.servers.map(({ real }) => real.peers()))).flat().map((peer) => [peer.publicKey, peer]))
  for (const { name, id: tenantId, devices } of tenants) {
    for (const { id, publicKey, address, removal } of devices) {
      const { rows } = await lab.db.query<{ public_key: string; ip: string }>(
        "SELECT public_key, host(assigned_ip) AS ip FROM devices WHERE id = $1 AND tenant_id = $2 AND status = 'active'",
        [id, tenantId],
      )
      const [device] = rows
      const what = `device ${id} of ${name}, removal ${removal}`
      if (removal === 'ok') expect(device, what).toBeUndefined()
      if (removal === 'none') expect(device, what).toBeDefined()
      if (!device) continue
      if (publicKey !== null) expect(device.public_key, what).toBe(publicKey)
      expect(device.ip, what).toBe(address)
      expect(peers.get(device.public_key)?.allowedIps, what).toEqual([`${address}/32`])
    }
  }
}

/** Whatever was written to them, servers are whom they were, and boot with the peers they have. */
export async function expectServersWhole({ servers }: Lab, withinMs: number): Promise<void> {
  for (const { real } of servers) {
    const show = async (what: string) => (await real.exec(['wg', 'show', real.interfaceName, what])).stdout.trim()
    expect([await show('public-key'), await show('listen-port')], real.name).toEqual([real.publicKey, String(real.endpointPort)])
    const read = async () => {
      const { stdout } = await real.exec(['cat', `/etc/wireguard/${real.interfaceName}.peers.conf`])
      const pairs = [...stdout.matchAll(/^PublicKey = (\S+)\n(?:PresharedKey = \S+\n)?(?:AllowedIPs = (.+)\n)?/gm)]
      return Object.fromEntries(pairs.map(([, key = '', networks = '']) => [key, networks]))
    }
    const held = Object.fromEntries((await real.peers()).map(({ publicKey, allowedIps }) => [publicKey, allowedIps.join(', ')]))
    await expect.poll(read, { timeout: withinMs, message: `peers ${real.name} would boot with` }).toEqual(held)
  }
}

/** INV4 of what is written: all intervals are as they were sealed, and everything that follows from them follows. */
export async function expectMeteringVerified(lab: Lab): Promise<void> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const said = text(stderr)
  stdout.resume()
  const code = await verifyMetering([], { databaseUrl: () => lab.directUrl, stdin: Readable.from([]), stdout, stderr })
  stderr.end()
  expect([code, await said]).toEqual([0, ''])
}

/** INV7: no answer and no event told a tenant anything that is another's. */
export async function expectNothingOfOthers({ db }: Lab, tenants: KnownTenant[], { told }: History): Promise<void> {
  const { rows } = await db.query<{ id: string; tenant_id: string }>(`
    SELECT id::text, tenant_id::text FROM devices UNION ALL SELECT id::text, tenant_id::text FROM tenant_users
    UNION ALL SELECT id::text, tenant_id::text FROM sessions UNION ALL SELECT id::text, tenant_id::text FROM api_keys
    UNION ALL SELECT id::text, tenant_id::text FROM members UNION ALL SELECT id::text, id::text FROM tenants`)
  const ownerOf = new Map(rows.map(({ id, tenant_id }) => [id, tenant_id]))
  const isAnothers = (id: string, tenantId: string) => ownerOf.has(id) && ownerOf.get(id) !== tenantId
  for (const { name, id } of tenants) {
    const ids = told.get(name) ?? new Set()
    expect(
      [...ids].filter((each) => isAnothers(each, id)),
      `ids of others in answers to ${name}`,
    ).toEqual([])
    expect([...ids].filter((each) => ownerOf.get(each) === id).length, `own ids in answers to ${name}`).toBeGreaterThan(0)
  }
  for (const table of ['events', 'audit_log']) {
    const { rows: said } = await db.query<{ tenant_id: string; row: string }>(
      `SELECT tenant_id::text, to_jsonb(t)::text AS row FROM ${table} t WHERE tenant_id IS NOT NULL`,
    )
    expect(
      said.filter(({ tenant_id, row }) => (row.match(uuidPattern) ?? []).some((id) => isAnothers(id, tenant_id))),
      `rows of ${table} that name what is another tenant's`,
    ).toEqual([])
  }
}
