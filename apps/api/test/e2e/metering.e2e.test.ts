import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { DeviceWithConfig } from '@cvault/schema/devices'
import type { VpnConnection } from '@cvault/schema/vpn'
import { describe, expect, test, vi } from 'vitest'
import { verifyMetering } from '../../src/metering/verify-metering.ts'
import type { LabServer } from './harness/lab.ts'
import type { LabUser } from './harness/tenants.ts'
import { isSkipped, useLab } from './harness/test-lab.ts'
import type { Tunnel } from './harness/tunnels.ts'
import { openTunnel, peerOf, reopenTunnel } from './harness/tunnels.ts'
import type { Moved } from './harness/wire-tap.ts'
import { tapWire } from './harness/wire-tap.ts'

const waitMs = 20_000
const downloadBytes = 1_000_000
/** Handshakes and keepalives after an interface's or a key's last sample: nobody can know of them. Far less than a download. */
const unsampledBytes = 5_000

describe.skipIf(isSkipped)('what is billed is what went through the tunnel', () => {
  let east: LabServer
  let west: LabServer
  let user: LabUser
  let tunnel: Tunnel
  let taps: Array<() => Promise<Moved>> = []
  let payload = 0
  const lab = useLab({}, async (fresh) => {
    ;[east, west] = [await fresh.addServer('us-east'), await fresh.addServer('eu-west')]
    taps = [await tapWire(east.real), await tapWire(west.real)]
    user = await (await fresh.signUp()).user()
    tunnel = await openTunnel(fresh, user, east)
  })

  async function download(): Promise<void> {
    await tunnel.client.http(`${lab().network.httpUrl}bytes?n=${downloadBytes}`, { timeoutMs: 60_000 })
    payload += downloadBytes
  }
  async function billed(): Promise<Moved> {
    const { rows } = await lab().db.query<{ rx: string; tx: string }>(
      'SELECT coalesce(sum(rx_bytes), 0) AS rx, coalesce(sum(tx_bytes), 0) AS tx FROM usage_intervals WHERE device_id = $1',
      [tunnel.device.id],
    )
    return { rx: Number(rows[0]?.rx), tx: Number(rows[0]?.tx) }
  }
  async function onTheWire(): Promise<Moved> {
    const [one, other] = await Promise.all(taps.map((tap) => tap()))
    if (!one || !other) throw new Error('the servers are not tapped')
    return { rx: one.rx + other.rx, tx: one.tx + other.tx }
  }
  /** Everything that went over the wire is billed, and nothing else. */
  async function expectBilled(): Promise<void> {
    const isBilled = async () => {
      const [bill, wire] = [await billed(), await onTheWire()]
      for (const direction of ['rx', 'tx'] as const) {
        expect(bill[direction], direction).toBeLessThanOrEqual(wire[direction])
        expect(bill[direction], direction).toBeGreaterThanOrEqual(wire[direction] - unsampledBytes)
      }
      expect(bill.tx).toBeGreaterThanOrEqual(payload)
    }
    await vi.waitFor(isBilled, { timeout: waitMs, interval: 200 })
  }
  /** The next sample has it: what comes after is not lost with a counter. */
  async function untilSampled(): Promise<void> {
    const peer = await peerOf(tunnel)
    if (!peer) throw new Error('no peer')
    const isSampled = async () => {
      const { rows } = await lab().db.query<{ tx: string }>('SELECT tx_bytes AS tx FROM peers WHERE public_key = $1 AND server_id = $2', [
        tunnel.device.publicKey,
        tunnel.server.id,
      ])
      expect(Number(rows[0]?.tx)).toBeGreaterThanOrEqual(peer.txBytes)
    }
    await vi.waitFor(isSampled, { timeout: waitMs, interval: 200 })
  }

  test('the server opened a session that no app told of', async () => {
    await download()
    await expectBilled()
    const { rows } = await lab().db.query('SELECT status, opened_by FROM sessions WHERE device_id = $1', [tunnel.device.id])
    expect(rows).toEqual([{ status: 'active', opened_by: 'server' }])
  })

  test('across a restart of the interface', async () => {
    await download()
    await untilSampled()
    await east.real.killWireguard()
    await east.real.exec(['wg-quick', 'up', east.real.interfaceName])
    await reopenTunnel(lab(), tunnel)
    await download()
    await expectBilled()
  })

  test('across a new key', async () => {
    await download()
    const device = await user.call<DeviceWithConfig>('POST', `/api/v1/devices/${tunnel.device.id}/rotate-key`, {})
    tunnel = { ...tunnel, device }
    await reopenTunnel(lab(), tunnel)
    await download()
    await expectBilled()
  })

  test('across a move to another server', async () => {
    await download()
    const body = { deviceId: tunnel.device.id, serverRegion: 'eu-west' }
    const { config } = await user.call<VpnConnection>('POST', '/api/v1/vpn/connect', body)
    tunnel = { ...tunnel, device: { ...tunnel.device, config }, server: west }
    await reopenTunnel(lab(), tunnel)
    await download()
    await expectBilled()
    const { rows } = await lab().db.query(
      'SELECT status, opened_by, end_reason, rx_bytes + tx_bytes > 0 AS moved FROM sessions WHERE device_id = $1 ORDER BY connected_at',
      [tunnel.device.id],
    )
    expect(rows).toEqual([
      { status: 'disconnected', opened_by: 'server', end_reason: 'moved', moved: true },
      { status: 'active', opened_by: 'client', end_reason: null, moved: true },
    ])
  })

  test('to the last byte when the device is removed; sessions add up to it, and everything verifies', async () => {
    await download()
    await user.call('DELETE', `/api/v1/devices/${tunnel.device.id}`)
    await vi.waitFor(async () => expect(await peerOf(tunnel)).toBeUndefined(), { timeout: waitMs, interval: 100 })
    await expectBilled()
    const { rows } = await lab().db.query<{ tx: string }>('SELECT sum(tx_bytes) AS tx FROM sessions WHERE device_id = $1', [
      tunnel.device.id,
    ])
    expect(Number(rows[0]?.tx)).toBe((await billed()).tx)
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const said = Promise.all([text(stdout), text(stderr)])
    const databaseUrl = () => lab().env['DATABASE_URL'] ?? ''
    const code = await verifyMetering([], { databaseUrl, stdin: Readable.from([]), stdout, stderr })
    stdout.end()
    stderr.end()
    expect([code, (await said)[1]]).toEqual([0, ''])
  })
})
