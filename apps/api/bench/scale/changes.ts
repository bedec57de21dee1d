import type { DeviceWithConfig } from '@cvault/schema/devices'
import type { SimulatedServer } from '@cvault/wg/testing/simulated-server'
import { makeMember, makeUser } from '../../test/factories.ts'
import type { Deps } from '../../src/deps.ts'
import { newId } from '../../src/ids.ts'
import { newToken, sha256 } from '../../src/secrets.ts'
import type { Headers } from '../lab.ts'
import type { Filled } from './fill.ts'
import type { Fleet } from './fleet.ts'

/** Times in milliseconds. `applied`: from the answer until the simulated server has the peer, or has it no more. */
export type Changes = { answered: number[]; applied: number[]; failed: number; firstError: unknown }

export type Callers = { users: Headers[]; member: Headers }

const usersWanted = 50

/** Users of tenants here and there who register and remove, and a member of the biggest tenant who looks at its dashboard. */
export async function makeCallers(deps: Deps, { tenantIds }: Filled): Promise<Callers> {
  const users: Headers[] = []
  for (let count = 0; count < usersWanted; count += 1) {
    const tenantId = tenantIds[Math.floor((count * tenantIds.length) / usersWanted)] ?? ''
    const [apiKeyId, apiKey, apiSecret] = [newId(), newToken('apiKey'), newToken('apiSecret')]
    await deps.prisma.apiKey.create({
      data: { id: apiKeyId, tenantId, name: 'scale', key: apiKey, secretHash: Uint8Array.from(sha256(apiSecret)) },
    })
    const { headers } = await makeUser(deps, { tenantId, apiKeyId, apiKey, apiSecret, headers: { 'x-api-key': apiKey } })
    users.push(headers)
  }
  const { headers } = await makeMember(deps, { tenantId: tenantIds[0] ?? '' })
  return { users, member: headers }
}

/** So many changes a second, whether or not the earlier ones are done: a registration, then the removal of the oldest of them. */
export async function makeChanges(
  { apiUrl, users, fleet, serverOf }: { apiUrl: string; users: Headers[]; fleet: Fleet; serverOf: Map<string, SimulatedServer> },
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Changes> {
  const changes: Changes = { answered: [], applied: [], failed: 0, firstError: undefined }
  const made: Array<{ id: string; publicKey: string; server: SimulatedServer; user: Headers }> = []

  async function timed<T>(call: () => Promise<T>): Promise<T> {
    const beganMs = performance.now()
    const result = await call()
    changes.answered.push(performance.now() - beganMs)
    return result
  }

  async function untilSeen(publicKey: string, server: SimulatedServer, isThere: boolean): Promise<void> {
    const answeredMs = performance.timeOrigin + performance.now()
    changes.applied.push(Math.max(0, (await fleet.seen(publicKey, server, isThere, 60_000)) - answeredMs))
  }

  async function register(user: Headers): Promise<void> {
    const body = JSON.stringify({ deviceName: 'scale' })
    const headers = { ...user, 'content-type': 'application/json' }
    const { id, publicKey, server } = await timed(() =>
      send<DeviceWithConfig>(`${apiUrl}/api/v1/devices`, { method: 'POST', headers, body }),
    )
    const simulated = serverOf.get(server.id)
    if (!simulated) throw new Error(`A device was placed on server ${server.id}, which is not one of ours.`)
    await untilSeen(publicKey, simulated, true)
    made.push({ id, publicKey, server: simulated, user })
  }

  async function remove(): Promise<void> {
    const device = made.shift()
    if (!device) return
    await timed(() => send(`${apiUrl}/api/v1/devices/${device.id}`, { method: 'DELETE', headers: device.user }))
    await untilSeen(device.publicKey, device.server, false)
  }

  const running: Array<Promise<void>> = []
  const startedMs = performance.now()
  for (let count = 0; count < perSecond * seconds; count += 1) {
    const waitMs = startedMs + (count * 1_000) / perSecond - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const change = count % 2 === 0 ? register(users[(count / 2) % users.length] ?? {}) : remove()
    running.push(
      change.catch((error: unknown) => {
        changes.failed += 1
        changes.firstError ??= error
      }),
    )
  }
  await Promise.all(running)
  return changes
}

export async function send<T>(url: string, request: RequestInit): Promise<T> {
  const response = await fetch(url, request)
  const text = await response.text()
  if (!response.ok) throw new Error(`${request.method ?? 'GET'} ${url} answered ${response.status}: ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}
