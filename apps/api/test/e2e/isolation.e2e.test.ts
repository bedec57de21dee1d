import type { DeviceWithConfig } from '@cvault/schema/devices'
import type { Server, ServerState } from '@cvault/schema/servers'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { LabServer } from './harness/lab.ts'
import { reachable } from './harness/reach.ts'
import type { LabTenant } from './harness/tenants.ts'
import { isSkipped, useLab } from './harness/test-lab.ts'
import type { Tunnel } from './harness/tunnels.ts'
import { carries, openTunnel, reopenTunnel } from './harness/tunnels.ts'

/** A look every second; a change is there within two, wherever it came from. */
const changeMs = 2_000
const lookMs = 5_000
const port = 4_000

describe.skipIf(isSkipped)('isolation', () => {
  let server: LabServer
  let [acme, other]: LabTenant[] = []
  let [ann, amy, bob]: Tunnel[] = []
  const lab = useLab({}, async (fresh) => {
    server = await fresh.addServer('us-east')
  })
  const known = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error('the lab is not ready')
    return what
  }
  const allow = (tenant: LabTenant, allowClientToClient: boolean) =>
    lab().operator.call('PATCH', `/admin/tenants/${tenant.tenant.id}`, { allowClientToClient })
  const stateOf = async () => (await lab().operator.call<Server>('GET', `/admin/servers/${server.id}`)).state
  const rules = async () => (await server.real.exec(['nft', 'list', 'table', 'inet', `cvault_${server.real.interfaceName}`])).stdout
  const members = async () => [...new Set((await rules()).match(/\d+\.\d+\.\d+\.\d+(?= : 0x)/g))].sort()
  const within = (ms: number, check: () => Promise<void>) => vi.waitFor(check, { timeout: ms, interval: 50 })
  const addressOf = (tunnel: Tunnel | undefined) => known(tunnel).device.assignedIp
  /** Whom a device reaches, of all three. */
  const reaches = async (from: Tunnel | undefined) => {
    const others = [ann, amy, bob].filter((one) => one !== from).map(addressOf)
    const found = await reachable(known(from).client, [...others, server.real.tunnelIp], port)
    return [...new Set(found.map((text) => text.slice(4)))].sort()
  }

  beforeAll(async () => {
    acme = await lab().signUp()
    other = await lab().signUp()
    const open = async (tenant: LabTenant) => {
      const tunnel = await openTunnel(lab(), await tenant.user(), server)
      await tunnel.client.listen(port)
      return tunnel
    }
    ;[ann, amy, bob] = [await open(acme), await open(acme), await open(other)]
  }, 120_000)

  test('nobody reaches anybody until a tenant wants it', async () => {
    expect(await stateOf()).toMatchObject({ isolation: 'active', isolationAt: expect.any(String) })
    for (const one of [ann, amy, bob]) expect(await reaches(one)).toEqual([])
  })

  test('a tenant that wants it has it within two seconds, for its own devices, and loses it as fast', async () => {
    await allow(known(acme), true)
    await within(changeMs, async () => expect(await members()).toEqual([addressOf(ann), addressOf(amy)].sort()))
    expect(await reaches(ann)).toEqual([addressOf(amy)])
    expect(await reaches(amy)).toEqual([addressOf(ann)])
    expect(await reaches(bob)).toEqual([])
    await allow(known(acme), false)
    await within(changeMs, async () => expect(await members()).toEqual([]))
    expect(await reaches(ann)).toEqual([])
  })

  test('a device that comes has the rights of its tenant with its peer, and one that goes loses them with it', async () => {
    await allow(known(acme), true)
    await within(changeMs, async () => expect(await members()).toHaveLength(2))
    const user = await known(acme).user()
    const device = await user.device()
    expect(device.provisioning).toBe('applied')
    expect(await members()).toContain(device.assignedIp)
    expect((await user.ask('DELETE', `/api/v1/devices/${device.id}`)).status).toBe(204)
    await within(changeMs, async () =>
      expect((await server.real.peers()).map(({ publicKey }) => publicKey)).not.toContain(device.publicKey),
    )
    expect(await members()).not.toContain(device.assignedIp)
  })

  test('rules that somebody removed are back after a look, and it is told', async () => {
    const before = await rules()
    await server.real.exec(['nft', 'delete', 'table', 'inet', `cvault_${server.real.interfaceName}`])
    await within(lookMs, async () => expect(await rules()).toBe(before))
    expect(await reaches(bob)).toEqual([])
    await within(lookMs, async () => {
      const { rows } = await lab().db.query(`SELECT data FROM events WHERE type = 'server.isolation.repaired'`)
      expect(rows).toEqual([{ data: { serverId: server.id } }])
    })
  })

  test('an observed server says in what it differs and keeps it, until it is to be put right', async () => {
    const mode = (to: 'enforce' | 'observe') => lab().operator.call('PATCH', `/admin/servers/${server.id}`, { mode: to })
    const differs = (drift: object) =>
      within(lookMs, async () =>
        expect(await lab().operator.call<ServerState>('GET', `/admin/servers/${server.id}/state`)).toMatchObject({ drift }),
      )
    const before = await rules()
    await mode('observe')
    await server.real.exec(['wg', 'set', server.real.interfaceName, 'peer', known(bob).device.publicKey, 'remove'])
    await differs({ repairedAt: null, rules: null, missing: { count: 1, peers: [{ deviceId: known(bob).device.id }] } })
    await allow(known(acme), false)
    await differs({ rules: 'outdated' })
    expect(await rules(), 'nothing is changed meanwhile').toBe(before)
    await allow(known(acme), true)
    await server.real.exec(['nft', 'delete', 'table', 'inet', `cvault_${server.real.interfaceName}`])
    await differs({ rules: 'missing', missing: { count: 1 } })
    await mode('enforce')
    await within(lookMs, async () => expect(await rules()).toBe(before))
    await differs({ repairedAt: expect.any(String) })
    await reopenTunnel(lab(), known(bob))
  })

  test('the rules outlive the control plane, and hold after a reboot without it', async () => {
    const before = await rules()
    await lab().api.kill()
    await server.real.exec(['nft', 'delete', 'table', 'inet', `cvault_${server.real.interfaceName}`])
    await server.real.reboot()
    expect(await rules()).toBe(before)
    await lab().api.start()
    await vi.waitFor(async () => expect(await stateOf()).toMatchObject({ isolation: 'active', reachable: true }), {
      timeout: 30_000,
      interval: 200,
    })
    await vi.waitFor(async () => expect(await carries(lab(), known(bob))).toBe(true), { timeout: 60_000 })
    expect(await reaches(bob)).toEqual([])
  })

  test('a server that loses nft keeps its tunnels and gets nobody new, until it has it again', async () => {
    const nft = (await server.real.machine.run(['sh', '-c', 'command -v nft'])).stdout.trim()
    await server.real.machine.run(['mount', '--bind', '/dev/null', nft])
    await within(lookMs, async () => expect(await stateOf()).toMatchObject({ isolation: 'unavailable', reachable: true }))
    const user = await known(other).user()
    expect(await user.ask('POST', '/api/v1/devices', { deviceName: 'late' })).toMatchObject({
      status: 503,
      body: { code: 'SERVER_UNAVAILABLE' },
    })
    expect(await carries(lab(), known(bob))).toBe(true)
    await server.real.machine.run(['umount', nft])
    await within(lookMs, async () => expect(await stateOf()).toMatchObject({ isolation: 'active' }))
    expect((await user.call<DeviceWithConfig>('POST', '/api/v1/devices', { deviceName: 'late' })).provisioning).toBe('applied')
  })
})
