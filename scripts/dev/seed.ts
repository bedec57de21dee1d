import { setTimeout as sleep } from 'node:timers/promises'
import type { DemoTenant } from './home.ts'
import { call } from './http.ts'

/** A VPN server that runs beside us, as the API has to know it. */
export interface LocalServer {
  name: string
  region: string
  kind: 'simulated' | 'wireguard'
  host: string
  sshPort: number
  sshUser: string
  hostKey: string
  interfaceName: string
  publicIp: string
  endpointPort: number
}

export interface SeededServer {
  id: string
  region: string
  kind: string
}

interface KnownServer extends LocalServer {
  id: string
  status: string
  state: { reachable: boolean; lastReconciledAt: string | null; lastError: string | null }
}

export const demoUser = { email: 'test@example.com', password: 'SecurePass123!' }
const tenantName = 'Test Company Inc'
/** So that nobody who tries things out, or runs a journey against it, is told to slow down. */
const generous = { rateLimitPerMinute: 10_000, maxDevicesPerUser: 50 }
const settleTimeoutMs = 30_000

export interface Operator {
  apiUrl: string
  adminToken: string
}

/** The demo tenant: the remembered one while the database knows it, otherwise a new one. Limits set by hand stay. */
export async function seedTenant(operator: Operator, remembered: DemoTenant | undefined): Promise<DemoTenant> {
  if (remembered !== undefined) {
    const path = `/tenants/${remembered.id}`
    const known = await admin<typeof generous>(operator, path, { accept: [404] })
    const isOfEarlierVersion = known.body.rateLimitPerMinute === 100 && known.body.maxDevicesPerUser === 5
    if (known.status === 200 && isOfEarlierVersion) await admin(operator, path, { method: 'PATCH', body: generous })
    if (known.status === 200) return remembered
  }
  const { body } = await admin<{ tenant: { id: string }; apiKey: string; apiSecret: string }>(operator, '/tenants', {
    method: 'POST',
    body: { name: tenantName, ...generous },
  })
  return { id: body.tenant.id, name: tenantName, apiKey: body.apiKey, apiSecret: body.apiSecret }
}

/** The demo user of that tenant; one that exists is left as it is. */
export async function seedUser({ apiUrl }: Operator, tenant: DemoTenant): Promise<void> {
  await call(`${apiUrl}/api/v1/auth/register`, { method: 'POST', headers: { 'x-api-key': tenant.apiKey }, body: demoUser, accept: [409] })
}

/** Make the API know exactly these servers as active; servers of earlier runs that are not here now go offline. */
export async function seedServers(operator: Operator, servers: LocalServer[]): Promise<SeededServer[]> {
  const known = (await admin<{ servers: KnownServer[] }>(operator, '/servers?limit=200')).body.servers
  const seeded: SeededServer[] = []
  for (const server of servers) {
    const isSame = ({ interfaceName }: KnownServer) => server.kind === 'wireguard' && interfaceName === server.interfaceName
    // One that somebody renamed, or removed and added again by hand, is still this machine.
    const before = known.find(({ name }) => name === server.name) ?? known.find(isSame)
    const { kind, region, interfaceName: _fixed, ...mutable } = server
    const { status, body } =
      before === undefined
        ? await admin<KnownServer>(operator, '/servers', { method: 'POST', body: server })
        : await admin<KnownServer>(operator, `/servers/${before.id}`, {
            method: 'PATCH',
            body: { ...mutable, status: 'active' },
            accept: [422],
          })
    if (status === 422)
      throw new Error(`The database knows another machine as ${server.name}: use the CVAULT_HOME it was made with, or a new database`)
    seeded.push({ id: body.id, region, kind })
  }
  for (const { id, status } of known.filter(({ name }) => isOfEarlierRun(name, servers))) {
    if (status !== 'offline') await admin(operator, `/servers/${id}`, { method: 'PATCH', body: { status: 'offline' } })
  }
  return seeded
}

/** Wait until the worker has reached and compared each server; answers what is still wrong, if anything. */
export async function untilHealthy(operator: Operator, seeded: SeededServer[]): Promise<string[]> {
  for (const deadline = Date.now() + settleTimeoutMs; ; await sleep(200)) {
    const { body } = await admin<{ servers: KnownServer[] }>(operator, '/servers?limit=200')
    const waiting = body.servers.filter(
      ({ id, state }) => seeded.some((server) => server.id === id) && !(state.reachable && state.lastReconciledAt),
    )
    if (waiting.length === 0) return []
    if (Date.now() > deadline) return waiting.map(({ name, state }) => `${name}: ${state.lastError ?? 'not reached yet'}`)
  }
}

// Only names this program gives; servers somebody added by hand are theirs.
function isOfEarlierRun(name: string, servers: LocalServer[]): boolean {
  return /^(us-east|eu-west)-(sim|wg)$/.test(name) && !servers.some((server) => server.name === name)
}

function admin<T = unknown>({ apiUrl, adminToken }: Operator, path: string, options: Parameters<typeof call>[1] = {}) {
  return call<T>(`${apiUrl}/admin${path}`, { ...options, headers: { authorization: `Bearer ${adminToken}` } })
}
