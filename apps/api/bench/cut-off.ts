import type { AuthTokens } from '@cvault/schema/auth'
import type { DeviceWithConfig } from '@cvault/schema/devices'
import type { TenantCreated } from '@cvault/schema/tenants'
import type { Figure } from './figures.ts'
import type { BenchLab, Headers } from './lab.ts'
import { post } from './lab.ts'

const rounds = 10

/** From the answer to a change until the peer is off its server, and until it is back: suspension, bandwidth, removal. */
export async function cutOff(lab: BenchLab): Promise<Figure> {
  const limits = { name: 'Cut off', rateLimitPerMinute: 1_000_000, maxDevicesPerUser: 100 }
  const { tenant, apiKey, apiSecret } = await post<TenantCreated>(`${lab.apiUrl}/admin/tenants`, lab.operator, limits)
  const keys = { 'x-api-key': apiKey }
  const { accessToken } = await post<AuthTokens>(
    `${lab.apiUrl}/api/v1/auth/token`,
    { ...keys, 'x-api-secret': apiSecret },
    { externalUserId: 'one' },
  )
  const user = { ...keys, authorization: `Bearer ${accessToken}` }
  const register = () => post<DeviceWithConfig>(`${lab.apiUrl}/api/v1/devices`, user, { deviceName: 'bench' })
  const change = (body: object) => send('PATCH', `${lab.apiUrl}/admin/tenants/${tenant.id}`, lab.operator, body)

  const seconds: number[] = []
  const { publicKey } = await register()
  for (let round = 0; round < rounds; round += 1) {
    for (const [off, on] of [
      [{ status: 'suspended' }, { status: 'active' }],
      [{ bandwidthLimitGb: 0 }, { bandwidthLimitGb: null }],
    ]) {
      await change(off ?? {})
      seconds.push(await secondsUntil(lab, publicKey, false))
      await change(on ?? {})
      seconds.push(await secondsUntil(lab, publicKey, true))
    }
    const doomed = await register()
    await send('DELETE', `${lab.apiUrl}/api/v1/devices/${doomed.id}`, user)
    seconds.push(await secondsUntil(lab, doomed.publicKey, false))
  }
  const p95 = seconds.toSorted((left, right) => left - right)[Math.ceil(seconds.length * 0.95) - 1] ?? Number.NaN
  const peers = (await lab.server.peers()).length
  const detail = `p95 of ${seconds.length} changes, seen by wg on a server with ${peers} peers, the reading included`
  return { id: 'B11', value: p95, unit: 's', direction: 'at-most', bar: 2, aim: 0.25, detail }
}

async function secondsUntil(lab: BenchLab, publicKey: string, isThere: boolean): Promise<number> {
  const since = performance.now()
  for (;;) {
    const peers = await lab.server.peers()
    if (peers.some((peer) => peer.publicKey === publicKey) === isThere) return (performance.now() - since) / 1_000
    if (performance.now() - since > 60_000) throw new Error(`A peer was not ${isThere ? 'back' : 'gone'} after a minute.`)
  }
}

async function send(method: 'PATCH' | 'DELETE', url: string, headers: Headers, body?: object): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
  await response.body?.cancel()
}
