import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildDemo, demoOrigins } from './dev/demo.ts'
import { call } from './dev/http.ts'
import { buildPortal } from './dev/portal.ts'
import type { DevInfo } from './dev/summary.ts'

const root = resolve(import.meta.dirname, '..')
const home = mkdtempSync(join(tmpdir(), 'cvault-home-'))
const children: ChildProcess[] = []
let first: DevInfo
let firstLoad: number

// Whatever a start waits for, it is not a compiler: what it builds otherwise is built before.
beforeAll(async () => {
  await buildDemo()
  await buildPortal()
}, 600_000)
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

test('starts everything from nothing; the printed lines work when pasted; Ctrl-C ends all of it', async () => {
  const run = start()
  first = await run.untilUp()
  expect(first).toMatchObject({ tenant: { name: 'Test Company Inc' }, user: { email: 'test@example.com' } })
  expect(first.servers.map(({ region, kind }) => `${region} ${kind}`)).toEqual(['us-east simulated', 'eu-west simulated'])
  expect(run.output()).not.toContain('Not healthy')
  for (const file of ['dev.json', 'secrets.json', 'wg-ssh-key']) expect(statSync(join(home, file)).mode & 0o777, file).toBe(0o600)

  expect(await paste(run.output())).toMatch(new RegExp(`\\[Interface\\][^]*${first.servers[0]?.id}`))
  expect(await walkThroughReadme()).toMatch(/^applied\n[^]*"status":"connected"[^]*"connectedDevices":1[^]*"status":"disconnected"/)
  expect(run.output()).toContain(`Demo app    ${first.demoUrl}`)
  await expectDemo(first)
  await expectPortal(first)
  expect(run.output()).toContain('Made up two months of use')
  firstLoad = await loadOf(first)

  expect(await run.end('SIGINT')).toBe(0)
  await expectNothingLeft(first)
})

test('starts again with the same tenant, servers and devices, without building again; origins set by hand stay', async () => {
  const run = start({ CORS_ORIGINS: 'https://app.example.com' })
  const second = await run.untilUp()
  expect(second.tenant).toEqual(first.tenant)
  expect(second.servers).toEqual(first.servers)
  expect(await loadOf(second), 'devices on servers').toBe(firstLoad)
  expect(run.output()).not.toContain('Made up')
  expect(run.output()).not.toContain('Building')
  expect(await allowedOrigin(second, 'https://app.example.com')).toBe('https://app.example.com')
  await expectDemo(second)
  await expectPortal(second)
  expect(await run.end('SIGTERM')).toBe(0)
  await expectNothingLeft(second)
})

test('a port that was asked for and is taken is named', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as { port: number }
  const run = start({ API_PORT: String(port) })
  expect(await run.ended).toBe(1)
  expect(run.output()).toContain(`Port ${port} (API_PORT) is taken`)
  holder.close()
})

test('what is no PostgreSQL is not taken for one', async () => {
  const run = start({ DATABASE_URL: 'mysql://localhost/cvault' })
  expect(await run.ended).toBe(1)
  expect(run.output()).toContain('DATABASE_URL must start with postgresql://')
})

test('a database that dies ends everything, and is named', async () => {
  const run = start()
  const info = await run.untilUp()
  process.kill(Number(readFileSync(join(home, 'postgres/data/postmaster.pid'), 'utf8').split('\n', 1)[0]), 'SIGKILL')
  expect(await run.ended).toBe(1)
  expect(run.output()).toContain('PostgreSQL ended by itself')
  await expectNothingLeft(info)
})

test('a demo app that dies ends everything, and is named', async () => {
  const run = start()
  const info = await run.untilUp()
  process.kill(processWith(`CVAULT_HOME=${home}`, 'DEMO_CONFIG='), 'SIGKILL')
  expect(await run.ended).toBe(1)
  expect(run.output()).toContain('The demo app ended with SIGKILL')
  await expectNothingLeft(info)
})

test('a portal that dies ends everything, and is named', async () => {
  const run = start()
  const info = await run.untilUp()
  process.kill(processWith('NEXT_DIST_DIR=', info.tenant.adminPassword ?? ''), 'SIGKILL')
  expect(await run.ended).toBe(1)
  expect(run.output()).toContain('The portal ended with SIGKILL')
  await expectNothingLeft(info)
})

test('a home of an earlier version gets an owner for the tenant it has, and limits that trying out does not meet', async () => {
  const secrets = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8')) as Record<string, unknown>
  const { owner: _owner, portalSessionSecret: _secret, ...earlier } = secrets
  writeFileSync(join(home, 'secrets.json'), JSON.stringify(earlier))
  const run = start({}, ['--no-demo-data'])
  const info = await run.untilUp()
  expect(info.tenant).toMatchObject({ id: first.tenant.id, apiKey: first.tenant.apiKey })
  expect(info.tenant.adminPassword).not.toBe(first.tenant.adminPassword)
  await expectPortal(info)
  expect(await run.end('SIGINT')).toBe(0)
})

test('an unknown option is refused with the known ones', async () => {
  const run = start({}, ['--wiregaurd'])
  expect(await run.ended).toBe(1)
  expect(run.output()).toContain('--wireguard')
})

function start(env: Record<string, string> = {}, flags: string[] = []) {
  let output = ''
  const child = spawn(process.execPath, ['scripts/start.mjs', ...flags], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'development', DATABASE_URL: '', ...env, CVAULT_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const infoPath = join(home, 'dev.json')
  return {
    ended,
    output: () => output,
    untilUp: async () => {
      await expect.poll(() => output.includes('CVault is up') || child.exitCode !== null, { timeout: 80_000 }).toBe(true)
      expect(existsSync(infoPath), output).toBe(true)
      return JSON.parse(readFileSync(infoPath, 'utf8')) as DevInfo
    },
    end: (signal: NodeJS.Signals) => {
      child.kill(signal)
      return ended
    },
  }
}

/** Run the curl lines of the summary in one shell, as a person would. */
async function paste(output: string): Promise<string> {
  const lines = output.split('\n').filter((line) => /^(TOKEN=|curl )/.test(line))
  expect(lines).toHaveLength(3)
  return (await promisify(execFile)('sh', ['-c', lines.join('\n')])).stdout
}

/** Every line of the README's walk-through, in one shell that stops at the first failure. */
async function walkThroughReadme(): Promise<string> {
  const chapter = /\n## From nothing to a tunnel\n([^]*?)\n## /.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? ''
  const blocks = [...chapter.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block)
  expect(blocks.length).toBeGreaterThan(3)
  const shell = ['-c', `set -eu\n${blocks.join('\n')}`]
  return (await promisify(execFile)('sh', shell, { cwd: home, env: { ...process.env, CVAULT_HOME: home } })).stdout
}

/** The app at every path, told of this API and tenant, and let in by the API under each name this machine has. */
async function expectDemo(info: DevInfo): Promise<void> {
  const { demoUrl, apiUrl, tenant, user } = info
  expect(await (await fetch(`${demoUrl}/devices`)).text()).toContain('<div id="root">')
  expect(await (await fetch(`${demoUrl}/config.json`)).json()).toEqual({
    baseUrl: apiUrl,
    apiKey: tenant.apiKey,
    user,
    docsUrl: `${apiUrl}/docs`,
    portalUrl: info.portalUrl,
    simulated: true,
  })
  const origins = demoOrigins(Number(new URL(demoUrl ?? '').port))
  expect(await Promise.all(origins.map((origin) => allowedOrigin(info, origin)))).toEqual(origins)
  expect(await allowedOrigin(info, 'https://stranger.example.com')).toBeNull()
}

/** The portal offers its one click under each name of this machine and under no other, and its owner gets in. */
async function expectPortal({ apiUrl, portalUrl, tenant }: DevInfo): Promise<void> {
  const { port } = new URL(portalUrl ?? '')
  const offers = async (host: string) => (await loginPage(Number(port), host)).includes('Sign in as the demo owner')
  expect([await offers(`localhost:${port}`), await offers(`127.0.0.1:${port}`), await offers(`evil.example.com:${port}`)]).toEqual([
    true,
    true,
    false,
  ])
  const { body } = await call<{ member: { role: string; tenant: { id: string } } }>(`${apiUrl}/api/v1/tenant/auth/login`, {
    method: 'POST',
    body: { email: tenant.adminEmail, password: tenant.adminPassword },
  })
  expect(body.member).toMatchObject({ role: 'owner', tenant: { id: tenant.id } })
}

/** As a browser that came by this name asks for it; fetch sets the name itself. */
async function loginPage(port: number, host: string): Promise<string> {
  const request = get({ host: '127.0.0.1', port, path: '/login', headers: { host } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return text
}

async function loadOf({ apiUrl, adminToken }: DevInfo): Promise<number> {
  const { body } = await call<{ servers: { currentLoad: number }[] }>(`${apiUrl}/admin/servers`, {
    headers: { authorization: `Bearer ${adminToken}` },
  })
  return body.servers.reduce((sum, { currentLoad }) => sum + currentLoad, 0)
}

/** What a browser that asks before it calls is told. */
async function allowedOrigin({ apiUrl }: DevInfo, origin: string): Promise<string | null> {
  const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,x-api-key' }
  const { headers: answer } = await fetch(`${apiUrl}/api/v1/devices`, { method: 'OPTIONS', headers })
  return answer.get('access-control-allow-origin')
}

/** The one process whose environment holds all of these. */
function processWith(...texts: string[]): number {
  const environmentOf = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8')
    } catch {
      return ''
    }
  }
  const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && texts.every((text) => environmentOf(pid).includes(text)))
  expect(found).toHaveLength(1)
  return Number(found[0])
}

async function expectNothingLeft({ apiUrl, portalUrl, demoUrl }: DevInfo): Promise<void> {
  for (const url of [`${apiUrl}/readyz`, `${portalUrl}/login`, `${demoUrl}/`]) await expect(fetch(url)).rejects.toThrow('fetch failed')
  expect(spawnSync('pgrep', ['-f', home], { encoding: 'utf8' }).stdout).toBe('')
}
