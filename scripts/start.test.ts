import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { demoOrigins } from './dev/demo.ts'
import { call } from './dev/http.ts'
import type { DevInfo } from './dev/summary.ts'

const root = resolve(import.meta.dirname, '..')
const home = mkdtempSync(join(tmpdir(), 'cvault-home-'))
const children: ChildProcess[] = []
let first: DevInfo

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

test('starts everything from nothing; the printed lines work when pasted; Ctrl-C ends all of it', async () => {
  const run = start()
  first = await run.untilUp()
  expect(first).toMatchObject({ tenant: { name: 'Test Company Inc' }, user: { email: 'test@example.com' }, portalUrl: null })
  expect(first.servers.map(({ region, kind }) => `${region} ${kind}`)).toEqual(['us-east simulated', 'eu-west simulated'])
  expect(run.output()).not.toContain('Not healthy')
  for (const file of ['dev.json', 'secrets.json', 'wg-ssh-key']) expect(statSync(join(home, file)).mode & 0o777, file).toBe(0o600)

  expect(await paste(run.output())).toMatch(new RegExp(`\\[Interface\\][^]*${first.servers[0]?.id}`))
  expect(await walkThroughReadme()).toMatch(/^applied\n[^]*"status":"connected"[^]*"connectedDevices":1[^]*"status":"disconnected"/)
  expect(run.output()).toContain(`Demo app    ${first.demoUrl}`)
  await expectDemo(first)

  expect(await run.end('SIGINT')).toBe(0)
  await expectNothingLeft(first)
})

test('starts again with the same tenant, servers and devices, without building again; origins set by hand stay', async () => {
  const run = start({ CORS_ORIGINS: 'https://app.example.com' })
  const second = await run.untilUp()
  expect(second.tenant).toEqual(first.tenant)
  expect(second.servers).toEqual(first.servers)
  const { servers } = await call<{ servers: { currentLoad: number }[] }>(`${second.apiUrl}/admin/servers`, {
    headers: { authorization: `Bearer ${second.adminToken}` },
  }).then(({ body }) => body)
  expect(servers.reduce((sum, { currentLoad }) => sum + currentLoad, 0)).toBe(1)
  expect(run.output()).not.toContain('Building')
  expect(await allowedOrigin(second, 'https://app.example.com')).toBe('https://app.example.com')
  await expectDemo(second)
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
    portalUrl: null,
    simulated: true,
  })
  const origins = demoOrigins(Number(new URL(demoUrl ?? '').port))
  expect(await Promise.all(origins.map((origin) => allowedOrigin(info, origin)))).toEqual(origins)
  expect(await allowedOrigin(info, 'https://stranger.example.com')).toBeNull()
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

async function expectNothingLeft({ apiUrl, demoUrl }: DevInfo): Promise<void> {
  for (const url of [`${apiUrl}/readyz`, `${demoUrl}/`]) await expect(fetch(url)).rejects.toThrow('fetch failed')
  expect(spawnSync('pgrep', ['-f', home], { encoding: 'utf8' }).stdout).toBe('')
}
