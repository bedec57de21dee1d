import { randomUUID } from 'node:crypto'
import type { SignedUp } from '@cvault/schema/member-auth'
import type { Server } from '@cvault/schema/servers'
import type { VpnStatus } from '@cvault/schema/vpn'
import { generateKeyPair } from '@cvault/wg/keys'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { expectConverged, newLedger } from './harness/convergence.ts'
import { createCaller } from './harness/http-caller.ts'
import type { LabServer } from './harness/lab.ts'
import type { LabTenant, LabUser } from './harness/tenants.ts'
import { signInUser } from './harness/tenants.ts'
import { isSkipped, useLab } from './harness/test-lab.ts'
import type { Tunnel } from './harness/tunnels.ts'
import { carries, createPromised, deletePromised, expectUndisturbed, openTunnel, peerOf, reopenTunnel } from './harness/tunnels.ts'

/** RECONCILE_INTERVAL_SECONDS of the lab, and what a pass itself may take on a busy machine. */
const periodMs = 5_000 + 2_000

describe.skipIf(isSkipped)('a lane and a server that others change', () => {
  let east: LabServer
  let west: LabServer
  let tenant: LabTenant
  let user: LabUser
  /** Nobody touches it; its packets must not notice what happens to others. */
  let bystander: Tunnel
  let elsewhere: Tunnel
  const lab = useLab({}, async (fresh) => {
    ;[east, west] = [await fresh.addServer('us-east'), await fresh.addServer('eu-west')]
    tenant = await fresh.signUp({ maxDevicesPerUser: 100 })
    user = await tenant.user()
    ;[bystander, elsewhere] = [await openTunnel(fresh, user, east), await openTunnel(fresh, user, west)]
  })
  const wg = (...words: string[]) => east.real.exec(['wg', 'set', east.real.interfaceName, ...words])
  const state = async (server = east) => (await lab().operator.call<Server>('GET', `/admin/servers/${server.id}`)).state

  test('peers removed, changed and added by hand are put right; others do not notice', async () => {
    const [removed, moved, secured, robbed] = await Promise.all(Array.from({ length: 4 }, () => user.device({ serverRegion: 'us-east' })))
    if (!removed || !moved || !secured || !robbed) throw new Error('no devices')
    await expectUndisturbed(lab(), [bystander, elsewhere], async () => {
      await wg('peer', removed.publicKey, 'remove')
      await wg('peer', moved.publicKey, 'allowed-ips', '10.99.0.0/24')
      await east.real.exec([
        'sh',
        '-c',
        'wg genpsk | wg set "$1" peer "$2" preshared-key /dev/stdin',
        'sh',
        east.real.interfaceName,
        secured.publicKey,
      ])
      await wg('peer', generateKeyPair().publicKey, 'allowed-ips', `${robbed.assignedIp}/32`)
      expect((await peerOf({ device: robbed, server: east }))?.allowedIps, 'the address was taken away').toEqual([])
      await expectConverged(lab(), periodMs)
    })
    expect(await peerOf({ device: secured, server: east })).toMatchObject({ hasPresharedKey: false })
    await Promise.all([removed, moved, secured, robbed].map(({ id }) => user.call('DELETE', `/api/v1/devices/${id}`)))
  })

  test('an emptied interface is filled again', async () => {
    await expectUndisturbed(lab(), [elsewhere], async () => {
      await east.real.flushPeers()
      await expectConverged(lab(), periodMs)
    })
    await reopenTunnel(lab(), bystander)
  })

  test('wireguard-go killed: its peers are back before the control plane has said a word, its bytes stay counted', async () => {
    await user.call('POST', '/api/v1/vpn/connect', { deviceId: bystander.device.id })
    await bystander.client.http(`${lab().network.httpUrl}bytes?n=1000000`)
    const counted = await vi.waitFor(
      async () => {
        const bytes = await sessionBytes(user, bystander.device.id)
        expect(bytes).toBeGreaterThan(1_000_000)
        return bytes
      },
      { timeout: periodMs, interval: 200 },
    )
    const late = await expectUndisturbed(lab(), [elsewhere], async () => {
      await east.real.killWireguard()
      const device = await user.device({ serverRegion: 'us-east' })
      expect(device.provisioning, 'while there is no interface').toBe('pending')
      await vi.waitFor(async () => expect((await state()).lastError).toBe('failed'), { timeout: periodMs, interval: 100 })
      await east.real.exec(['wg-quick', 'up', east.real.interfaceName])
      expect(await peerOf(bystander), 'loaded from the boot file').toBeDefined()
      await expectConverged(lab(), periodMs)
      return device
    })
    await reopenTunnel(lab(), bystander)
    await bystander.client.http(`${lab().network.httpUrl}bytes?n=100000`)
    await vi.waitFor(async () => expect(await sessionBytes(user, bystander.device.id)).toBeGreaterThan(counted + 100_000), {
      timeout: periodMs,
      interval: 200,
    })
    await user.call('POST', '/api/v1/vpn/disconnect', {})
    await user.call('DELETE', `/api/v1/devices/${late.id}`)
  })

  test('a machine that reboots comes back with what changed meanwhile', async () => {
    const ledger = newLedger()
    const doomed = await createPromised(user, ledger, 'us-east')
    await expectUndisturbed(lab(), [elsewhere], async () => {
      const reboot = east.real.reboot()
      await createPromised(user, ledger, 'us-east')
      await deletePromised(user, ledger, doomed?.id ?? '')
      await reboot
      await expectConverged(lab(), periodMs, ledger)
    })
    await reopenTunnel(lab(), bystander)
    await endAll(user, ledger.created.keys(), ledger.deleted)
  })

  test('without sshd, tunnels carry on, requests are answered, and what was answered is done once it is back', async () => {
    const ledger = newLedger()
    const doomed = await createPromised(user, ledger, 'us-east')
    await expectUndisturbed(lab(), [bystander, elsewhere], async () => {
      await east.real.stopSshd()
      const late = await createPromised(user, ledger, 'us-east')
      expect(late).toMatchObject({ provisioning: 'pending', server: { region: 'us-east' } })
      await deletePromised(user, ledger, doomed?.id ?? '')
      await vi.waitFor(async () => expect(await state()).toMatchObject({ reachable: false, pendingPeers: 2 }), {
        timeout: periodMs,
        interval: 100,
      })
      expect(
        (
          await user
            .device({ serverRegion: 'eu-west' })
            .then((device) => (ledger.created.set(device.id, { publicKey: device.publicKey, address: device.assignedIp }), device))
        ).provisioning,
        'on the other server',
      ).toBe('applied')
      await new Promise((resolve) => setTimeout(resolve, sshdDownMs))
      await east.real.startSshd()
      await expectConverged(lab(), periodMs, ledger)
    })
    await endAll(user, ledger.created.keys(), ledger.deleted)
  })

  test('a machine with another host key is told nothing, until an operator pins the new one', async () => {
    const ledger = newLedger()
    const logins = async () => (await east.real.sshLog()).split('Accepted publickey').length
    const hostKey = await east.real.replaceHostKey()
    const before = await logins()
    await createPromised(user, ledger, 'us-east')
    await vi.waitFor(async () => expect((await state()).lastError).toBe('host-key-mismatch'), { timeout: periodMs, interval: 100 })
    expect(await logins(), 'logins on the machine that showed another key').toBe(before)
    expect(await carries(lab(), bystander)).toBe(true)
    await lab().operator.call('PATCH', `/admin/servers/${east.id}`, { hostKey })
    await expectConverged(lab(), periodMs, ledger)
    await endAll(user, ledger.created.keys(), ledger.deleted)
  })

  test('a hundred devices come and go, and nobody else loses a packet', async () => {
    const ledger = newLedger()
    await expectUndisturbed(lab(), [bystander, elsewhere], async () => {
      const people = await Promise.all(Array.from({ length: 4 }, () => tenant.user()))
      await Promise.all(people.flatMap((person) => Array.from({ length: 25 }, () => createPromised(person, ledger))))
      expect(ledger.created.size).toBe(100)
      await expectConverged(lab(), periodMs, ledger)
      await Promise.all(
        people.map(async (person) => {
          const { devices } = await person.call<{ devices: Array<{ id: string }> }>('GET', '/api/v1/devices?limit=200')
          await Promise.all(devices.map(({ id }) => deletePromised(person, ledger, id)))
        }),
      )
      expect(ledger.deleted.size).toBe(100)
      await expectConverged(lab(), periodMs, ledger)
    })
  })

  test('many foreign peers at once wait for an operator, who says how many may go', async () => {
    // All by one command: a look in between would remove the few it sees, as it may.
    await wg(...Array.from({ length: 8 }, (_, n) => ['peer', generateKeyPair().publicKey, 'allowed-ips', `10.77.0.${n}/32`]).flat())
    await vi.waitFor(async () => expect((await state()).guard).toMatchObject({ unexplainedPeers: 8 }), { timeout: periodMs, interval: 100 })
    const device = await user.device({ serverRegion: 'us-east' })
    expect(device.provisioning, 'a registration meanwhile').toBe('applied')
    expect((await east.real.peers()).filter(({ allowedIps }) => allowedIps[0]?.startsWith('10.77.')).length).toBe(8)
    await lab().operator.call('POST', `/admin/servers/${east.id}/confirm-removals`, { unexplainedPeers: 8 })
    await expectConverged(lab(), periodMs)
    expect((await state()).guard).toBeNull()
    await user.call('DELETE', `/api/v1/devices/${device.id}`)
  })

  describe('what ends and begins with the right to a tunnel', () => {
    let guest: LabTenant
    let tunnel: Tunnel
    beforeAll(async () => {
      guest = await lab().signUp()
      tunnel = await openTunnel(lab(), await guest.user(), east)
    })
    const patch = (change: object) => lab().operator.call('PATCH', `/admin/tenants/${guest.tenant.id}`, change)
    const expectGone = async () => {
      await vi.waitFor(async () => expect(await peerOf(tunnel)).toBeUndefined(), { timeout: periodMs, interval: 30 })
      expect(await carries(lab(), tunnel), 'packets through the tunnel').toBe(false)
    }
    const expectBack = async () => {
      await vi.waitFor(async () => expect(await peerOf(tunnel)).toBeDefined(), { timeout: periodMs, interval: 30 })
      await reopenTunnel(lab(), tunnel)
      await expectConverged(lab(), periodMs)
    }

    test('a suspended tenant has no peers until it is reactivated', async () => {
      await expectUndisturbed(lab(), [bystander], async () => {
        await lab().operator.call('DELETE', `/admin/tenants/${guest.tenant.id}`)
        await expectGone()
        await vi.waitFor(
          async () => {
            expect(await tunnel.user.ask('GET', '/api/v1/devices')).toMatchObject({ status: 403, body: { code: 'TENANT_SUSPENDED' } })
          },
          { timeout: 5_000 },
        )
        await patch({ status: 'active' })
        await expectBack()
      })
    })

    test('a tenant over its bandwidth limit has no peers until the limit is raised', async () => {
      await tunnel.client.http(`${lab().network.httpUrl}bytes?n=100000`)
      await patch({ bandwidthLimitGb: 0 })
      await expectGone()
      expect(await tunnel.user.ask('POST', '/api/v1/devices', { deviceName: 'one more' })).toMatchObject({
        status: 403,
        body: { code: 'BANDWIDTH_LIMIT_EXCEEDED' },
      })
      await patch({ bandwidthLimitGb: null })
      await expectBack()
    })

    test('a tenant whose own traffic uses its month up is cut off by it', async () => {
      await lab().db.query(
        `INSERT INTO usage_metrics AS m (tenant_id, date, rx_bytes, tx_bytes) VALUES ($1, (now() AT TIME ZONE 'UTC')::date, 998000000, 0)
         ON CONFLICT (tenant_id, date) DO UPDATE SET rx_bytes = m.rx_bytes + excluded.rx_bytes`,
        [guest.tenant.id],
      )
      await patch({ bandwidthLimitGb: 1 })
      expect(await carries(lab(), tunnel), 'with something left').toBe(true)
      await tunnel.client.http(`${lab().network.httpUrl}bytes?n=2000000`)
      await expectGone()
      await patch({ bandwidthLimitGb: 2 })
      await expectBack()
    })

    test('after a key rotation the old key is dead and the new one works', async () => {
      const { device, user: owner, client } = tunnel
      const rotated = await owner.call<typeof device>('POST', `/api/v1/devices/${device.id}/rotate-key`, {})
      expect(rotated).toMatchObject({ id: device.id, assignedIp: device.assignedIp, provisioning: 'applied' })
      expect(rotated.publicKey).not.toBe(device.publicKey)
      await expectGone()
      await client.down()
      await client.up(device.config)
      await expect(client.http(lab().network.httpUrl, { timeoutMs: 1_500 }), 'with the old key').rejects.toThrow(/no answer/)
      tunnel = { ...tunnel, device: rotated }
      await reopenTunnel(lab(), tunnel)
      await owner.call('DELETE', `/api/v1/devices/${device.id}`)
      await expectConverged(lab(), periodMs)
    })

    // The last: it leaves an API whose looks are far apart.
    test('no way to lose or regain the right waits for a look', async () => {
      const { api, db, operator } = lab()
      await api.stop()
      await api.start({ METER_INTERVAL_SECONDS: '300', RECONCILE_INTERVAL_SECONDS: '300' })
      const signUp = { businessName: 'Limits', email: `${randomUUID()}@example.test`, password: randomUUID() }
      const owner = await createCaller(api.url, {}).call<SignedUp>('POST', '/api/v1/tenant/auth/signup', signUp)
      const { id } = owner.member.tenant
      await db.query('UPDATE members SET email_verified_at = now() WHERE tenant_id = $1', [id])
      const headers = { 'x-api-key': owner.apiKey }
      const person = await signInUser(api.url, headers, createCaller(api.url, headers))
      const its = await openTunnel(lab(), person, east)
      const asOwner = createCaller(api.url, { authorization: `Bearer ${owner.accessToken}` })
      const change = (path: string, to: object) => () => operator.call('PATCH', path, to)
      const setUser = (status: string) => () => asOwner.call('PATCH', `/api/v1/tenant/users/${person.id}`, { status })
      const ways = {
        suspended: [change(`/admin/tenants/${id}`, { status: 'suspended' }), change(`/admin/tenants/${id}`, { status: 'active' })],
        'over quota': [change(`/admin/tenants/${id}`, { bandwidthLimitGb: 0 }), change(`/admin/tenants/${id}`, { bandwidthLimitGb: null })],
        disabled: [setUser('disabled'), setUser('active')],
        revoked: [() => asOwner.call('DELETE', `/api/v1/tenant/devices/${its.device.id}`)],
      }
      const within5s = { timeout: 5_000, interval: 20 }
      const took: number[] = []
      for (const [way, [end, begin]] of Object.entries(ways)) {
        await end?.()
        const startedMs = performance.now()
        await vi.waitFor(async () => expect(await peerOf(its), way).toBeUndefined(), within5s)
        took.push(Math.round(performance.now() - startedMs))
        expect(await carries(lab(), its), `packets of somebody ${way}`).toBe(false)
        if (!begin) continue
        await begin()
        await vi.waitFor(async () => expect(await peerOf(its), `no more ${way}`).toBeDefined(), within5s)
        await reopenTunnel(lab(), its)
      }
      console.log(`off the server after the answer: ${took.join(', ')} ms`)
    })
  })
})

/** Two periods and more; in production a minute is one. */
const sshdDownMs = 12_000

async function sessionBytes(user: LabUser, deviceId: string): Promise<number> {
  const { sessions } = await user.call<VpnStatus>('GET', '/api/v1/vpn/status')
  return sessions.find(({ device }) => device.id === deviceId)?.txBytes ?? 0
}

async function endAll(user: LabUser, ids: Iterable<string>, except: Set<string>): Promise<void> {
  await Promise.all([...ids].filter((id) => !except.has(id)).map((id) => user.call('DELETE', `/api/v1/devices/${id}`)))
}
