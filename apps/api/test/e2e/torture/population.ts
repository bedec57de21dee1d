import type { DeviceWithConfig } from '@cvault/schema/devices'
import type { Lab } from '../harness/lab.ts'
import type { LabTenant, LabUser } from '../harness/tenants.ts'
import type { History, Outcome } from './history.ts'
import type { Random } from './random.ts'

/** A device whose creation was answered. The key is null once a rotation was not answered: it is the old one or a new one. */
type KnownDevice = { id: string; user: LabUser; publicKey: string | null; address: string; removal: Outcome | 'none' }

type Tenant = { name: string; lab: LabTenant; users: LabUser[]; devices: KnownDevice[] }

export type Population = {
  tenants: Tenant[]
  /** One random thing that one of the tenants, its users or the operator does. */
  act(): Promise<void>
  /** Undo suspensions and limits, so that in the end every device that exists is on a server. */
  release(): Promise<void>
}

const timeoutMs = 10_000

export async function createPopulation(lab: Lab, history: History, random: Random, tenantCount: number): Promise<Population> {
  const tenants = await Promise.all(
    Array.from({ length: tenantCount }, async (_, place): Promise<Tenant> => {
      const signedUp = await lab.signUp({ name: `Torture ${place}`, maxDevicesPerUser: 50 })
      const users = await Promise.all([signedUp.user(), signedUp.user()])
      for (const id of [signedUp.tenant.id, ...users.map((user) => user.id)]) history.owns(`tenant ${place}`, id)
      return { name: `tenant ${place}`, lab: signedUp, users, devices: [] }
    }),
  )
  const regions = lab.servers.map(({ region }) => region)

  const send = <T>(tenant: Tenant, user: LabUser, operation: string, method: string, path: string, body?: object) => {
    const headers = {
      'x-api-key': tenant.lab.apiKey,
      authorization: `Bearer ${user.tokens.accessToken}`,
      ...(body && { 'content-type': 'application/json', 'idempotency-key': `torture-${random.int(2 ** 31)}-${random.int(2 ** 31)}` }),
    }
    const request = { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(timeoutMs) }
    return history.ask<T>(tenant.name, operation, () => fetch(`${lab.api.url}${path}`, request))
  }
  const operate = (tenant: Tenant, operation: string, body: object) => {
    const headers = { authorization: `Bearer ${lab.env['ADMIN_TOKEN']}`, 'content-type': 'application/json' }
    const request = { method: 'PATCH', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(timeoutMs) }
    return history.ask('the operator', operation, () => fetch(`${lab.api.url}/admin/tenants/${tenant.lab.tenant.id}`, request))
  }
  const living = (tenant: Tenant) => random.pick(tenant.devices.filter(({ removal }) => removal === 'none'))

  const operations: Array<[share: number, act: (tenant: Tenant) => Promise<void>]> = [
    [
      8,
      async (tenant) => {
        const user = random.pick(tenant.users)
        if (!user) return
        const body = { deviceName: 'torture', serverRegion: random.pick(regions) }
        const { body: device } = await send<DeviceWithConfig>(tenant, user, 'create', 'POST', '/api/v1/devices', body)
        if (!device) return
        history.owns(tenant.name, device.id)
        tenant.devices.push({ id: device.id, user, publicKey: device.publicKey, address: device.assignedIp, removal: 'none' })
      },
    ],
    [
      4,
      async (tenant) => {
        const device = living(tenant)
        if (!device) return
        device.removal = 'unknown' // also while it is under way
        const { outcome } = await send(tenant, device.user, 'remove', 'DELETE', `/api/v1/devices/${device.id}`)
        device.removal = outcome === 'refused' ? 'none' : outcome
      },
    ],
    [
      3,
      async (tenant) => {
        const device = living(tenant)
        if (!device) return
        const before = device.publicKey
        device.publicKey = null
        const { outcome, body } = await send<DeviceWithConfig>(
          tenant,
          device.user,
          'rotate',
          'POST',
          `/api/v1/devices/${device.id}/rotate-key`,
          {},
        )
        if (outcome === 'ok' && body) device.publicKey = body.publicKey
        else if (outcome === 'refused') device.publicKey = before
      },
    ],
    [
      3,
      async (tenant) => {
        const device = living(tenant)
        if (!device) return
        const body = { deviceId: device.id, serverRegion: random.pick(regions) }
        await send(tenant, device.user, 'move', 'POST', '/api/v1/vpn/connect', body)
      },
    ],
    [
      2,
      async (tenant) => {
        const user = random.pick(tenant.users)
        if (user) await send(tenant, user, 'list', 'GET', '/api/v1/devices?limit=100')
      },
    ],
    [1, async (tenant) => void (await operate(tenant, 'suspend', { status: random.chance(0.4) ? 'suspended' : 'active' }))],
    [1, async (tenant) => void (await operate(tenant, 'limit', { bandwidthLimitGb: random.chance(0.4) ? 0 : null }))],
    [1, async (tenant) => void (await operate(tenant, 'network', { allowClientToClient: random.chance(0.5) }))],
  ]
  const weighted = operations.flatMap(([share, act]) => Array.from({ length: share }, () => act))

  return {
    tenants,
    async act() {
      const tenant = random.pick(tenants)
      if (tenant) await random.pick(weighted)?.(tenant)
    },
    async release() {
      for (const { lab: signedUp } of tenants)
        await lab.operator.call('PATCH', `/admin/tenants/${signedUp.tenant.id}`, { status: 'active', bandwidthLimitGb: null })
    },
  }
}
