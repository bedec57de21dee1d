import type { AuthTokens } from '@cvault/schema/auth'
import type { DeviceConfig, DeviceList, DeviceWithConfig } from '@cvault/schema/devices'
import type { Usage } from '@cvault/schema/usage'
import type { VpnConnection, VpnDisconnection, VpnStatus } from '@cvault/schema/vpn'
import { PRIVATE_KEY_PLACEHOLDER } from '@cvault/wg/client-config'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { expectConverged } from './harness/convergence.ts'
import { createCaller } from './harness/http-caller.ts'
import type { LabServer } from './harness/lab.ts'
import { reachable } from './harness/reach.ts'
import type { LabTenant, LabUser } from './harness/tenants.ts'
import { isSkipped, useLab } from './harness/test-lab.ts'
import type { Tunnel } from './harness/tunnels.ts'
import { expectUndisturbed, peerOf } from './harness/tunnels.ts'

const periodMs = 5_000
const downloadBytes = 5_000_000

describe.skipIf(isSkipped)('main job', () => {
  let [east, west]: LabServer[] = []
  const lab = useLab({}, async (fresh) => {
    east = await fresh.addServer('us-east')
    west = await fresh.addServer('eu-west')
  })
  const serverOf = (region: string): LabServer => {
    const server = [east, west].find((candidate) => candidate?.region === region)
    if (!server) throw new Error(`no server in ${region}`)
    return server
  }

  test('from signing up to a working tunnel and back, with HTTP calls and wg-quick alone', async () => {
    const { network, operator, api, db } = lab()
    const client = await network.startClient()
    expect((await client.http(network.httpUrl)).body, 'before the tunnel').toBe(client.address)

    const { apiKey, apiSecret } = await operator.call<{ apiKey: string; apiSecret: string }>('POST', '/admin/tenants', {
      name: 'Test Company Inc',
    })
    const app = createCaller(api.url, { 'x-api-key': apiKey })
    const credentials = { email: 'test@example.com', password: 'SecurePass-8471!' }
    const registered = await app.ask<AuthTokens>('POST', '/api/v1/auth/register', credentials)
    expect(registered).toMatchObject({ status: 201, body: { user: { email: credentials.email }, accessToken: expect.any(String) } })
    const { accessToken } = await app.call<AuthTokens>('POST', '/api/v1/auth/login', credentials)
    const person = createCaller(api.url, { 'x-api-key': apiKey, authorization: `Bearer ${accessToken}` })

    const created = await person.ask<DeviceWithConfig>('POST', '/api/v1/devices', { deviceName: 'laptop', serverRegion: 'us-east' })
    expect(created).toMatchObject({ status: 201, body: { provisioning: 'applied', server: { region: 'us-east' } } })
    const device = created.body
    const server = serverOf('us-east')
    await client.up(device.config)
    network.observed.splice(0)

    const page = await client.http(`http://${network.hostName}/`)
    expect(page.body, 'address the web sees').toBe(server.real.publicIp)
    expect(await client.resolve(network.hostName)).toEqual([network.httpAddress])
    expect(await client.resolve('no.such.name.test')).toEqual([])
    expect(network.observed.filter(({ kind }) => kind === 'dns').length).toBeGreaterThan(0)
    expect(
      network.observed.filter(({ from }) => from !== server.real.publicIp),
      'questions past the tunnel',
    ).toEqual([])

    const connection = await person.call<VpnConnection>('POST', '/api/v1/vpn/connect', { deviceId: device.id })
    expect(connection).toMatchObject({
      status: 'connected',
      serverIp: server.real.endpointHost,
      serverPort: server.real.endpointPort,
      config: device.config,
    })
    const before = await metered(person, device.id)
    expect((await client.http(`${network.httpUrl}bytes?n=${downloadBytes}`)).receivedBytes).toBe(downloadBytes)
    await vi.waitFor(
      async () => {
        const { status, sessions } = await person.call<VpnStatus>('GET', '/api/v1/vpn/status')
        expect(status).toBe('connected')
        expect(sessions).toMatchObject([
          {
            id: connection.sessionId,
            status: 'active',
            online: true,
            device: { assignedIp: device.assignedIp },
            server: { region: 'us-east' },
          },
        ])
        const { txBytes, rxBytes } = await metered(person, device.id)
        expectMetered(txBytes - before.txBytes)
        expect(rxBytes).toBeGreaterThan(0)
      },
      { timeout: periodMs, interval: 300 },
    )
    const backend = createCaller(api.url, { 'x-api-key': apiKey, 'x-api-secret': apiSecret })
    await vi.waitFor(
      async () => {
        const { currentPeriod } = await backend.call<Usage>('GET', '/api/v1/usage')
        const counted = await peerOf({ device, server })
        expect(currentPeriod, 'what the tenant sees is what WireGuard counted').toMatchObject({
          rxBytes: counted?.rxBytes,
          txBytes: counted?.txBytes,
          activeUsers: 1,
        })
      },
      { timeout: periodMs, interval: 300 },
    )

    const ended = await person.call<VpnDisconnection>('POST', '/api/v1/vpn/disconnect', { deviceId: device.id })
    expect(ended).toMatchObject({ status: 'disconnected', sessionIds: [connection.sessionId] })
    expect(await person.call<VpnStatus>('GET', '/api/v1/vpn/status')).toMatchObject({
      status: 'disconnected',
      sessions: [],
      connectedDevices: 0,
    })

    const deletedAt = performance.now()
    expect((await person.ask('DELETE', `/api/v1/devices/${device.id}`)).status).toBe(204)
    await vi.waitFor(async () => expect(await server.real.peers()).toEqual([]), { timeout: 2_000, interval: 30 })
    expect(performance.now() - deletedAt, 'milliseconds until the peer was gone').toBeLessThan(2_000)
    await expect(client.http(network.httpUrl, { timeoutMs: 1_500 })).rejects.toThrow(/no answer/)
    expect(await person.call<DeviceList>('GET', '/api/v1/devices')).toEqual({ devices: [], totalCount: 0, nextCursor: null })
    await vi.waitFor(
      async () => {
        const { rows } = await db.query(
          'SELECT status, device_id, tenant_id, available_at > now() AS rests FROM ip_pool WHERE address = $1',
          [device.assignedIp],
        )
        expect(rows, 'the address, back in the pool after its rest').toEqual([
          { status: 'available', device_id: null, tenant_id: null, rests: false },
        ])
      },
      { timeout: periodMs, interval: 100 },
    )
    await client.stop()
  })

  test('a device that makes its own key', async () => {
    const { network, signUp } = lab()
    const client = await network.startClient()
    const privateKey = (await client.exec(['wg', 'genkey'])).stdout.trim()
    const publicKey = (await client.exec(['wg', 'pubkey'], { input: privateKey })).stdout.trim()
    const tenant = await signUp()
    const person = await tenant.user()
    const device = await person.device({ publicKey, serverRegion: 'eu-west' })
    expect(device).toMatchObject({ publicKey, keyManagement: 'device' })
    expect(device.config).toContain(PRIVATE_KEY_PLACEHOLDER)
    await client.up(device.config.replace(PRIVATE_KEY_PLACEHOLDER, privateKey))
    expect((await client.http(network.httpUrl)).body).toBe(serverOf('eu-west').real.publicIp)

    const stranger = await (await signUp()).user()
    expect(await stranger.ask('POST', '/api/v1/devices', { deviceName: 'thief', publicKey })).toMatchObject({
      status: 409,
      body: { code: 'PUBLIC_KEY_IN_USE' },
    })
    expect((await client.echo(network.httpAddress, 20, 100)).received, "the owner's packets after somebody else asked for the key").toBe(20)
    await client.stop()
    await person.call('DELETE', `/api/v1/devices/${device.id}`)
    await expectConverged(lab(), periodMs)
  })

  describe('twelve users of two tenants at once', () => {
    type Seat = Tunnel & { tenant: LabTenant }
    const port = 4_000
    let seats: Seat[] = []

    beforeAll(async () => {
      const tenants = [await lab().signUp(), await lab().signUp()]
      const regions = ['us-east', 'eu-west']
      seats = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const tenant = tenants[index % 2]
          if (!tenant) throw new Error('no tenant')
          const region = regions[Math.floor(index / 2) % 2] ?? ''
          const client = await lab().network.startClient({ name: `device-${index}` })
          const user = await tenant.user()
          const device = await user.device({ serverRegion: region })
          await client.up(device.config)
          await client.listen(port)
          return { tenant, user, device, client, server: serverOf(region) }
        }),
      )
    }, 60_000)
    afterAll(async () => {
      await Promise.all(seats.map(({ client }) => client.stop()))
      await Promise.all(seats.map(({ user, device }) => user.call('DELETE', `/api/v1/devices/${device.id}`)))
      await expectConverged(lab(), periodMs)
    })
    const seat = (index: number): Seat => seats[index] ?? fail()
    const fail = (): never => {
      throw new Error('no such seat')
    }

    test('all have working tunnels, with an address of their own', async () => {
      const pages = await Promise.all(seats.map(({ client }) => client.http(`http://${lab().network.hostName}/`)))
      expect(pages.map(({ body }) => body)).toEqual(seats.map(({ server }) => server.real.publicIp))
      expect(new Set(seats.map(({ device }) => device.assignedIp)).size).toBe(12)
      await expectConverged(lab(), periodMs)
    })

    test('nobody reaches the device of anybody else, in the own tenant or another', async () => {
      const addresses = seats.map(({ device }) => device.assignedIp)
      for (const server of [serverOf('us-east'), serverOf('eu-west')]) {
        const own = seats.filter((each) => each.server === server).map(({ device }) => device.assignedIp)
        const answers = await reachable(server.real, own, port)
        expect(answers, 'the devices do listen: their server can tell').toEqual(own.flatMap((ip) => [`tcp ${ip}`, `udp ${ip}`]).sort())
      }
      const reached = await Promise.all(
        seats.map(
          async ({ client, device }) =>
            await reachable(
              client,
              addresses.filter((address) => address !== device.assignedIp),
              port,
            ),
        ),
      )
      expect(reached).toEqual(seats.map(() => []))
    })

    test('nobody sees or touches the device of anybody else through the API', async () => {
      const { device } = seat(0)
      const random = '0198c0de-0000-7000-8000-000000000000'
      for (const other of [seat(1).user, seat(2).user]) {
        const asks = (id: string) =>
          [
            other.ask('GET', `/api/v1/devices/${id}`),
            other.ask('GET', `/api/v1/devices/${id}/config`),
            other.ask('POST', `/api/v1/devices/${id}/rotate-key`, {}),
            other.ask('POST', '/api/v1/vpn/connect', { deviceId: id }),
            other.ask('DELETE', `/api/v1/devices/${id}`),
          ] as const
        const [foreign, unknown] = [await Promise.all(asks(device.id)), await Promise.all(asks(random))]
        expect(foreign.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
        const comparable = (answers: typeof foreign) => answers.map(({ body }) => ({ ...body, requestId: '' }))
        expect(comparable(foreign), 'a foreign id answers like a random one').toEqual(comparable(unknown))
        const listed = await other.call<DeviceList>('GET', '/api/v1/devices')
        expect(listed.devices.map(({ id }) => id)).not.toContain(device.id)
      }
      const mixed = createCaller(lab().api.url, {
        'x-api-key': seat(1).tenant.apiKey,
        authorization: `Bearer ${seat(0).user.tokens.accessToken}`,
      })
      expect((await mixed.ask('GET', `/api/v1/devices/${device.id}`)).status, "a token with another tenant's key").toBe(401)
      expect((await seat(0).client.echo(lab().network.httpAddress, 20, 100)).received, 'the owner, untouched').toBe(20)
    })

    test('a user moves to the other region and keeps address and keys', async () => {
      const { user, device, client } = seat(0)
      const [from, to] = [serverOf('us-east'), serverOf('eu-west')]
      await expectUndisturbed(lab(), [seat(4), seat(2)], async () => {
        const moved = await user.call<VpnConnection>('POST', '/api/v1/vpn/connect', { deviceId: device.id, serverRegion: 'eu-west' })
        expect(moved).toMatchObject({ serverRegion: 'eu-west', provisioning: 'applied', serverIp: to.real.endpointHost })
        const own = (config: string) => config.split('\n').filter((line) => /^(PrivateKey|Address)/.test(line))
        expect(own(moved.config)).toEqual(own(device.config))
        expect((await user.call<DeviceConfig>('GET', `/api/v1/devices/${device.id}/config`)).config).toBe(moved.config)

        const isGone = async () => expect(await peerOf({ device, server: from }), 'the peer on the old server').toBeUndefined()
        await vi.waitFor(isGone, { timeout: periodMs, interval: 50 })
        await expect(client.http(lab().network.httpUrl, { timeoutMs: 1_500 }), 'through the old server').rejects.toThrow(/no answer/)
        await client.down()
        await client.up(moved.config)
        expect((await client.http(lab().network.httpUrl)).body).toBe(to.real.publicIp)
        expect((await client.exec(['ip', '-4', '-o', 'address', 'show', 'dev', client.interfaceName])).stdout).toContain(
          ` ${device.assignedIp}/`,
        )
        seat(0).server = to
      })
      await expectConverged(lab(), periodMs)
    })
  })
})

async function metered(user: Pick<LabUser, 'call'>, deviceId: string): Promise<{ rxBytes: number; txBytes: number }> {
  const { sessions } = await user.call<VpnStatus>('GET', '/api/v1/vpn/status')
  const session = sessions.find(({ device }) => device.id === deviceId)
  if (!session) throw new Error(`no session of device ${deviceId}`)
  return session
}

/** The download itself, and what TCP, IP and WireGuard add to it; packets that TCP sends again count again. */
function expectMetered(bytes: number): void {
  expect(bytes).toBeGreaterThanOrEqual(downloadBytes)
  expect(bytes).toBeLessThan(downloadBytes * 1.5)
}
