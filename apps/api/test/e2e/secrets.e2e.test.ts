import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { AuthTokens } from '@cvault/schema/auth'
import type { DeviceWithConfig } from '@cvault/schema/devices'
import type { VpnConnection } from '@cvault/schema/vpn'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Canary } from './harness/canaries.ts'
import { canary, found, keyFileCanary } from './harness/canaries.ts'
import { expectConverged } from './harness/convergence.ts'
import { createCaller } from './harness/http-caller.ts'
import type { Lab, LabServer } from './harness/lab.ts'
import { isSkipped, useLab } from './harness/test-lab.ts'

const watchScript = path.resolve(import.meta.dirname, 'harness/watch-processes.ts')

describe.skipIf(isSkipped)('secrets', () => {
  let server: LabServer
  const canaries: Canary[] = []
  const started: Array<{ kind: string; text: string }> = []
  const answers: string[] = []
  let email: string
  let deviceId: string
  const lab = useLab({ LOG_LEVEL: 'trace' }, async (fresh) => {
    server = await fresh.addServer('us-east')
    await fresh.addServer('eu-west')
  })

  beforeAll(async () => {
    const stopWatching = watchProcesses(server, started)
    canaries.push(...ownSecrets(lab()))
    canaries.push(
      canary('private key of the server', (await server.real.exec(['wg', 'show', server.real.interfaceName, 'private-key'])).stdout.trim()),
    )
    ;({ email, deviceId } = await liveALife(lab(), canaries, answers))
    await expectConverged(lab(), 7_000)
    stopWatching()
  }, 60_000)

  test('none stands in the command line or environment of a process on a server', () => {
    const words = started.map(({ text }) => text)
    expect(
      words.some((text) => /^wg\0(addconf|set)\0/.test(text)),
      'the watch saw peers being written',
    ).toBe(true)
    expect(
      words.some((text) => text.includes('SSH_CONNECTION=')),
      "and the environment of the agent's session",
    ).toBe(true)
    expect(words.flatMap((text) => found(text, canaries))).toEqual([])
  })

  test("none stands in the API's command line, and what it was not given is not in its environment", () => {
    const given = new Set(ownSecrets(lab()).map(({ name }) => name))
    const pid = lab().api.pid()
    expect(found(readFileSync(`/proc/${pid}/cmdline`, 'latin1'), canaries)).toEqual([])
    const environ = readFileSync(`/proc/${pid}/environ`, 'latin1')
    expect(
      found(
        environ,
        canaries.filter(({ name }) => !given.has(name)),
      ),
    ).toEqual([])
    const children = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === pid)
    expect(children, 'processes that would inherit it').toEqual([])
  })

  test('none stands in the log, however much it logs', () => {
    const log = lab().api.log()
    expect(log, 'the log is of this life').toContain('/api/v1/auth/login')
    expect(log.split('\n').flatMap((line) => found(line, canaries))).toEqual([])
  })

  test('none stands in the database, in any column of any table', async () => {
    const { db } = lab()
    const { rows: tables } = await db.query<{ name: string }>(
      `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    )
    const texts = await Promise.all(
      tables.map(async ({ name }) =>
        (await db.query<{ text: string }>(`SELECT to_jsonb(t)::text AS text FROM ${name} t`)).rows.map(({ text }) => ({ name, text })),
      ),
    )
    const all = texts.flat()
    expect(
      all.some(({ name, text }) => name === 'tenant_users' && text.includes(email)),
      'the dump is of this life',
    ).toBe(true)
    expect(
      all.some(({ name, text }) => name === 'idempotency_keys' && text.includes('response')),
      'and holds recorded answers',
    ).toBe(true)
    expect(all.flatMap(({ name, text }) => found(text, canaries).map((secret) => `${secret} in ${name}`))).toEqual([])
  })

  test('none stands in a file on a server', async () => {
    const patterns = canaries.filter(({ name }) => name !== 'private key of the server').flatMap(({ forms }) => forms)
    const search = (input: string) =>
      server.real.exec(['grep', '-rlFf', '-', '/etc/wireguard', '/var/lib/cvault', '/run/cvault-lab'], { input })
    expect(
      (await search(server.real.publicKey.slice(0, 10) + '\n' + server.real.interfaceName)).stdout,
      'the search finds what is there',
    ).not.toBe('')
    expect((await search(patterns.join('\n'))).stdout).toBe('')
  })

  test('the private key stands in no answer but a config', () => {
    const privateKeys = canaries.filter(({ name }) => name.startsWith('private key of a device'))
    expect(privateKeys.length).toBe(3)
    expect(answers.some((text) => text.includes(deviceId))).toBe(true)
    expect(answers.flatMap((text) => found(text, privateKeys))).toEqual([])
  })
})

/** What the API is given to keep: known to its environment, and to nothing else. */
function ownSecrets({ env }: Lab): Canary[] {
  return [
    canary('KEK', env['API_ENCRYPTION_KEY'] ?? ''),
    canary('JWT secret', env['JWT_SECRET'] ?? ''),
    canary('pepper', env['PASSWORD_PEPPER'] ?? ''),
    canary('operator token', env['ADMIN_TOKEN'] ?? ''),
    keyFileCanary('SSH key', readFileSync(env['WG_SSH_PRIVATE_KEY_PATH'] ?? '', 'utf8')),
  ]
}

/** A tenant's and a person's life, from sign-up to the end of a device; every secret of it becomes a canary. */
async function liveALife({ api, operator }: Lab, canaries: Canary[], answers: string[]): Promise<{ email: string; deviceId: string }> {
  const { apiKey, apiSecret } = await operator.call<{ apiKey: string; apiSecret: string }>('POST', '/admin/tenants', {
    name: 'Careful Ltd',
  })
  const tenantHeaders = { 'x-api-key': apiKey, 'x-api-secret': apiSecret }
  const credentials = { email: 'careful@example.com', password: 'Kept-To-Myself-5528!' }
  // Each POST with an Idempotency-Key, so that its answer is recorded, secrets included.
  const post = <T>(route: string, body: object, headers: Record<string, string> = {}) =>
    createCaller(api.url, { ...tenantHeaders, ...headers, 'idempotency-key': randomBytes(16).toString('hex') }).call<T>(
      'POST',
      `/api/v1${route}`,
      body,
    )

  await post('/auth/register', credentials)
  const first = await post<AuthTokens>('/auth/login', credentials)
  await createCaller(api.url, tenantHeaders).ask('POST', '/api/v1/auth/login', { ...credentials, password: 'A-Wrong-Guess-9912!' })
  const second = await post<AuthTokens>('/auth/refresh', { refreshToken: first.refreshToken })
  canaries.push(canary('API secret', apiSecret), canary('password', credentials.password), canary('wrong password', 'A-Wrong-Guess-9912!'))
  canaries.push(
    ...[first, second].flatMap((tokens) => [canary('refresh token', tokens.refreshToken), canary('access token', tokens.accessToken)]),
  )

  const headers = { authorization: `Bearer ${second.accessToken}` }
  const person = createCaller(api.url, { ...tenantHeaders, ...headers })
  const device = await post<DeviceWithConfig>('/devices', { deviceName: 'phone', serverRegion: 'us-east' }, headers)
  // It stays, so that the database and the server's files are searched while they hold a device.
  const kept = await post<DeviceWithConfig>('/devices', { deviceName: 'tablet', serverRegion: 'us-east' }, headers)
  const rotated = await post<DeviceWithConfig>(`/devices/${device.id}/rotate-key`, {}, headers)
  canaries.push(
    ...[device, rotated, kept].map(({ config }) => canary('private key of a device', /^PrivateKey = (.+)$/m.exec(config)?.[1] ?? '')),
  )
  // Many writes, so that a watch at intervals meets some.
  for (let index = 0; index < 6; index++) {
    for (const serverRegion of ['eu-west', 'us-east'])
      await post<VpnConnection>('/vpn/connect', { deviceId: device.id, serverRegion }, headers)
  }
  const routes = ['/devices', `/devices/${device.id}`, '/vpn/status', '/vpn/server/status', '/auth/me', '/servers', '/usage']
  for (const route of routes) answers.push(JSON.stringify((await person.ask('GET', `/api/v1${route}`)).body))
  for (const route of ['/admin/tenants', '/admin/servers']) answers.push(JSON.stringify(await operator.call('GET', route)))
  answers.push(await (await fetch(`${api.url}/metrics`)).text())
  await person.call('DELETE', `/api/v1/devices/${device.id}`)
  await post('/auth/logout', { refreshToken: second.refreshToken }, headers)
  return { email: credentials.email, deviceId: device.id }
}

function parentOf(pid: string): number | null {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return null // ended meanwhile
  }
}

function watchProcesses({ real }: LabServer, into: Array<{ kind: string; text: string }>): () => void {
  const watch = real.machine.spawn([process.execPath, '--disable-warning=ExperimentalWarning', watchScript])
  if (watch.stdout) createInterface({ input: watch.stdout }).on('line', (line) => into.push(JSON.parse(line)))
  return () => void watch.kill('SIGKILL')
}
