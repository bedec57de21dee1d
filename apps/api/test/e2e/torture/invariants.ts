import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { verifyMetering } from '../../../src/metering/verify-metering.ts'
import type { RealClient } from '@cvault/wg/testing/real/client'
import { expectConverged } from '../harness/convergence.ts'
import type { Lab } from '../harness/lab.ts'
import type { Tunnel } from '../harness/tunnels.ts'
import type { Population } from './population.ts'

/** INV1 to INV3: servers hold what the rows say and nothing else, promises are kept, no address or key is there twice. */
export async function expectPromisesKept(lab: Lab, { tenants }: Population, withinMs: number): Promise<void> {
  await expectConverged(lab, withinMs)
  const peers = new Map((await Promise.all(lab.servers.map(({ real }) => real.peers()))).flat().map((peer) => [peer.publicKey, peer]))
  for (const { name, devices } of tenants) {
    for (const { id, user, publicKey, address, removal } of devices) {
      const { status, body } = await user.ask<{ publicKey: string; assignedIp: string }>('GET', `/api/v1/devices/${id}`)
      const what = `device ${id} of ${name}, removal ${removal}`
      if (removal === 'ok') expect(status, what).toBe(404)
      if (removal === 'none') expect(status, what).toBe(200)
      if (status !== 200) continue
      if (publicKey !== null) expect(body.publicKey, what).toBe(publicKey)
      expect(body.assignedIp, what).toBe(address)
      expect(peers.get(body.publicKey)?.allowedIps, what).toEqual([`${address}/32`])
    }
  }
}

/** INV4: nobody is billed for more than their device sent and was sent; all intervals are as they were sealed. */
export async function expectMeteringRight(lab: Lab, tunnels: Tunnel[], restarted: Set<string>): Promise<void> {
  for (const { client, device, server } of tunnels) {
    const billed = async () => {
      const { rows } = await lab.db.query<{ rx: string; tx: string }>(
        'SELECT coalesce(sum(rx_bytes), 0) AS rx, coalesce(sum(tx_bytes), 0) AS tx FROM usage_intervals WHERE device_id = $1',
        [device.id],
      )
      return { rx: Number(rows[0]?.rx), tx: Number(rows[0]?.tx) }
    }
    const moved = await transferOf(client)
    const what = `bytes of the tunnel to ${server.region}`
    expect((await billed()).rx, what).toBeLessThanOrEqual(moved.txBytes)
    if (!restarted.has(server.id))
      await expect.poll(async () => (await billed()).tx, { message: what }).toBeGreaterThanOrEqual(moved.rxBytes)
  }
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const said = text(stderr)
  stdout.resume()
  const code = await verifyMetering([], { databaseUrl: () => lab.env['DATABASE_URL'] ?? '', stdin: Readable.from([]), stdout, stderr })
  stderr.end()
  expect([code, await said]).toEqual([0, ''])
}

/** What the device's own interface counted. */
async function transferOf({ exec, interfaceName }: RealClient): Promise<{ rxBytes: number; txBytes: number }> {
  const { stdout } = await exec(['wg', 'show', interfaceName, 'transfer'])
  const [, rx, tx] = stdout.trim().split(/\s+/)
  return { rxBytes: Number(rx), txBytes: Number(tx) }
}

/** INV5 and INV6: one audit row and one event a change, and none without one. */
export async function expectWrittenDown(lab: Lab): Promise<void> {
  const { rows: unaudited } = await lab.db.query(`
    SELECT d.id, count(a.id)::int AS created FROM devices d
    LEFT JOIN audit_log a ON a.target_id = d.id::text AND a.action = 'device.create' AND a.result = 'success'
    GROUP BY d.id HAVING count(a.id) <> 1`)
  expect(unaudited, 'devices without one audit row of their creation').toEqual([])
  const { rows: untold } = await lab.db.query(`
    SELECT d.id, d.status, count(*) FILTER (WHERE e.type = 'device.created')::int AS created, count(*) FILTER (WHERE e.type = 'device.deleted')::int AS revoked
    FROM devices d LEFT JOIN events e ON e.data ->> 'deviceId' = d.id::text
    GROUP BY d.id, d.status
    HAVING count(*) FILTER (WHERE e.type = 'device.created') <> 1
      OR count(*) FILTER (WHERE e.type = 'device.deleted') <> CASE WHEN d.status = 'revoked' THEN 1 ELSE 0 END`)
  expect(untold, 'devices whose events are not one each').toEqual([])
}
