import type { DeviceWithConfig } from '@cvault/schema/devices'
import { generateKeyPair } from '@cvault/wg/keys'
import type { Answer } from './history.ts'
import type { Operation, Surroundings } from './operations.ts'
import type { KnownTenant, KnownUser } from './tenants.ts'

/** What apps do on behalf of their users. */
export function deviceOperations({ history, random, regions, send }: Surroundings): Operation[] {
  const asUser = <T>(
    tenant: KnownTenant,
    user: KnownUser,
    operation: string,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<Answer<T>> => {
    const apiKey = random.pick([tenant.apiKey, ...tenant.spareKeys.filter((key) => !key.isChanging).map(({ key }) => key)]) ?? tenant.apiKey
    const headers = { 'x-api-key': apiKey, authorization: `Bearer ${user.tokens.accessToken}` }
    return send<T>({
      who: tenant.name,
      operation,
      method,
      path,
      headers,
      credentials: [apiKey, user.tokens.accessToken],
      ...(body && { body }),
    })
  }
  const living = (tenant: KnownTenant) => random.pick(tenant.devices.filter(({ removal }) => removal === 'none'))

  return [
    [
      8,
      async function create(tenant) {
        const user = random.pick(tenant.users)
        if (!user) return
        const own = random.chance(0.3) ? { publicKey: generateKeyPair().publicKey } : {}
        const body = { deviceName: 'torture', serverRegion: random.pick(regions), ...own }
        const { body: device } = await asUser<DeviceWithConfig>(tenant, user, 'create', 'POST', '/api/v1/devices', body)
        if (!device) return
        const { id, publicKey, assignedIp: address } = device
        tenant.devices.push({ id, user, publicKey, address, removal: 'none', isRotating: false })
      },
    ],
    [
      4,
      async function remove(tenant) {
        const device = living(tenant)
        if (!device) return
        device.removal = 'unknown' // also while it is under way
        const { outcome } = await asUser(tenant, device.user, 'remove', 'DELETE', `/api/v1/devices/${device.id}`)
        device.removal = outcome === 'refused' ? 'none' : outcome
      },
    ],
    [
      3,
      async function rotate(tenant) {
        const device = living(tenant)
        if (!device || device.isRotating) return
        const before = device.publicKey
        device.isRotating = true
        device.publicKey = null
        const path = `/api/v1/devices/${device.id}/rotate-key`
        // A device whose key the server made may send one of its own from then on; the other way about is refused.
        const input = random.chance(0.5) ? { publicKey: generateKeyPair().publicKey } : {}
        const { outcome, body } = await asUser<DeviceWithConfig>(tenant, device.user, 'rotate', 'POST', path, input)
        if (outcome === 'ok' && body) device.publicKey = body.publicKey
        else if (outcome === 'refused') device.publicKey = before
        device.isRotating = false
      },
    ],
    [
      3,
      async function move(tenant) {
        const device = living(tenant)
        if (!device) return
        const body = { deviceId: device.id, serverRegion: random.pick(regions) }
        await asUser(tenant, device.user, 'move', 'POST', '/api/v1/vpn/connect', body)
      },
    ],
    [
      1,
      async function disconnect(tenant) {
        const device = living(tenant)
        if (device) await asUser(tenant, device.user, 'disconnect', 'POST', '/api/v1/vpn/disconnect', { deviceId: device.id })
      },
    ],
    [
      1,
      async function rename(tenant) {
        const device = living(tenant)
        const body = { deviceName: `torture ${random.int(1_000)}` }
        if (device) await asUser(tenant, device.user, 'rename', 'PATCH', `/api/v1/devices/${device.id}`, body)
      },
    ],
    [
      2,
      async function list(tenant) {
        const user = random.pick(tenant.users)
        if (user) await asUser(tenant, user, 'list', 'GET', '/api/v1/devices?limit=100')
      },
    ],
    [
      1,
      async function peek(tenant, others) {
        // Somebody else's device, with one's own credentials.
        const device = random.pick(random.pick(others)?.devices ?? [])
        const user = random.pick(tenant.users)
        if (!device || !user) return
        const path = `/api/v1/devices/${device.id}`
        const { outcome } = random.chance(0.5)
          ? await asUser(tenant, user, 'peek', 'GET', path)
          : await asUser(tenant, user, 'peek', 'POST', `${path}/rotate-key`, {})
        if (outcome === 'ok') history.wrong(`${tenant.name} reached device ${device.id} of another tenant`)
      },
    ],
  ]
}
