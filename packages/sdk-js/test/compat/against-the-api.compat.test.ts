import { cp, mkdir, readFile, rm, stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { parseClientConfig } from '@cvault/wg/client-config'
import { publicKeyFrom } from '@cvault/wg/keys'
import type { SimulatedServer } from '@cvault/wg/testing/simulated-server'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import type { TestTenant } from '../../../../apps/api/test/factories.ts'
import { makeTenant } from '../../../../apps/api/test/factories.ts'
import type { LaneRig } from '../../../../apps/api/test/lane-rig.ts'
import { startLaneRig } from '../../../../apps/api/test/lane-rig.ts'
import { startBrowser } from '../../../ui/test/browser.ts'
import { followReadme } from './harness/integrator.ts'
import { nodes, sdkFolder } from './harness/places.ts'
import { output, run } from './harness/run.ts'
import { startTinyApi, type TinyApi } from './harness/tiny-api.ts'

// What the README and the examples say, done with the packed package against the real API and servers reached over SSH.
const cwd = inject('consumer')
const servers: SimulatedServer[] = []
let rig: LaneRig
let pages: TinyApi
let tenant: TestTenant
let env: { CVAULT_URL: string; CVAULT_API_KEY: string; CVAULT_API_SECRET: string }

beforeAll(async () => {
  pages = await startTinyApi()
  pages.pages = cwd
  rig = await startLaneRig({ PROVISION_WAIT_MS: '4000', CORS_ORIGINS: pages.url })
  for (const region of ['us-east', 'eu-west']) {
    const { serverId, wg } = await rig.addServer()
    await rig.deps.prisma.server.update({ where: { id: serverId }, data: { region, kind: 'simulated' } })
    servers.push(wg)
  }
  rig.startWorker()
  await rig.api.app.listen({ port: 0 })
  tenant = await makeTenant(rig.deps)
  env = {
    CVAULT_URL: `http://127.0.0.1:${(rig.api.app.server.address() as AddressInfo).port}`,
    CVAULT_API_KEY: tenant.apiKey,
    CVAULT_API_SECRET: tenant.apiSecret,
  }
  await vi.waitUntil(async () => (await rig.deps.prisma.serverLane.count({ where: { reachable: true } })) === 2, { timeout: 20_000 })
  await cp(path.join(sdkFolder, 'examples'), cwd, { recursive: true })
})
afterAll(async () => {
  await rig.close()
  await pages.close()
})

/** The server of a configuration holds its peer, under the key that belongs to the private one. */
function expectWorking(config: string): void {
  const { privateKey, peer } = parseClientConfig(config)
  const server = servers.find(({ publicKey }) => publicKey === peer.publicKey)
  expect(server?.peers().map(({ publicKey }) => publicKey)).toContain(publicKeyFrom(privateKey ?? ''))
}

test('from an empty folder and the README to a working configuration', async () => {
  const { cwd: folder, config, mode, printed, lines, seconds } = await followReadme(inject('tarball'), env)
  console.log(`From an empty folder to a configuration: ${lines} lines, ${seconds.toFixed(1)} s`)
  expectWorking(config)
  expect([mode, printed]).toEqual([0o600, expect.stringMatching(/^10\.\d+\.\d+\.\d+ on a server in (us-east|eu-west)\./)])
  expect(lines).toBeLessThanOrEqual(30)
  await rm(folder, { recursive: true })
})

for (const { version, file } of nodes()) {
  test(`the minimal example, in Node ${version}`, async () => {
    const folder = path.join(cwd, `minimal-${version}`)
    await mkdir(folder)
    expect(await output(file, ['../minimal.mjs'], { cwd: folder, env: { ...env, EMAIL: `minimal-${version}@example.test` } })).toContain(
      `minimal-${version}@example.test has 10.`,
    )
    const config = path.join(folder, 'cvault.conf')
    expectWorking(await readFile(config, 'utf8'))
    expect((await stat(config)).mode & 0o777).toBe(0o600)
    expect((await readFile(path.join(cwd, 'minimal.mjs'), 'utf8')).trim().split('\n').length).toBeLessThanOrEqual(30)
  })
}

test('the full example does everything, twice, and leaves nothing behind', async () => {
  for (const time of ['first', 'second']) {
    const printed = await output('node', ['full.mjs'], { cwd, env: { ...env, EMAIL: 'full@example.test' } })
    const steps = printed.split('\n').filter((line) => line !== '' && !line.startsWith('  '))
    expect(steps, time).toEqual([
      expect.stringMatching(/^Signed in as full@example\.test at Tenant /),
      expect.stringMatching(/^eu-west server-\S+: \d+ % full, open$/),
      expect.stringMatching(/^us-east server-\S+: \d+ % full, open$/),
      expect.stringMatching(/^Connected in (us-east|eu-west)$/),
      expect.stringMatching(/^Session in (us-east|eu-west): no packets yet, 0 bytes$/),
      expect.stringMatching(/^Device Laptop: 10\./),
      'Disconnected',
      'Removed Laptop',
      expect.stringMatching(/^\d+ active users, [\d.]+ of unlimited GB this month$/),
    ])
  }
  const devices = await rig.deps.prisma.device.count({ where: { user: { email: 'full@example.test' }, status: 'active' } })
  expect(devices).toBe(0)
})

test('the full example says what went wrong', async () => {
  const wrong = await run('node', ['full.mjs'], { cwd, env: { ...env, EMAIL: 'full@example.test', PASSWORD: 'not the right one' } })
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/^INVALID_CREDENTIALS: .+ \(request \S+\)\n$/)])
  const nobody = await run('node', ['full.mjs'], { cwd, env: { ...env, CVAULT_API_KEY: 'cvk_nobody' } })
  expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringMatching(/^INVALID_API_KEY: /)])
})

test('the browser example makes a file, in a browser', async () => {
  const browser = await startBrowser()
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(30_000)
    await page.goto(`${pages.url}/browser.html`)
    await page.getByLabel('API', { exact: true }).fill(env.CVAULT_URL)
    await page.getByLabel('API key').fill(env.CVAULT_API_KEY)
    await page.getByLabel('E-mail').fill('browser@example.test')
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button').click()
    await page.getByText('is ready for WireGuard').waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()])
    expect(download.suggestedFilename()).toBe('cvault-this-bro.conf')
    expectWorking(await readFile(await download.path(), 'utf8'))
    await page.getByLabel('API key').fill('cvk_nobody')
    await page.getByRole('button').click()
    await page.getByText('INVALID_API_KEY: ').waitFor()
  } finally {
    await browser.close()
  }
})
