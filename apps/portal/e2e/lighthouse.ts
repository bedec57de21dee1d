import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import lighthouse from 'lighthouse'
import { throttling } from 'lighthouse/core/config/constants.js'
import desktopConfig from 'lighthouse/core/config/desktop-config.js'
import type { BrowserContext } from 'playwright-core'
import { chromium } from 'playwright-core'
import { launchOptions } from '../../../packages/ui/test/browser.ts'
import type { DevInfo } from '../../../scripts/dev/summary.ts'

// What a running `npm start` scores, on a machine with nothing else to do: performance and accessibility of the main pages, or of
// those that are named. Each page is visited once before it counts (the server's first answer is slow), then the median of three
// runs counts. Every run begins with an empty cache, as a first visit does; cookies stay, and with them who is signed in.
type Config = NonNullable<Parameters<typeof lighthouse>[2]>
const { mobileSlow4G } = throttling
const mainPages = ['/login', '/dashboard', '/analytics', '/users', '/docs']
const runs = 3
const leastScore = 95
// Lighthouse slows the phone's CPU down four times: from a fast desktop. Its table asks for two on a machine below this index.
const fastDesktop = 1_500

const root = path.resolve(import.meta.dirname, '../../..')
const portalUrl = process.env['PORTAL_URL'] ?? readInfo().portalUrl
const pages = process.argv.length > 2 ? process.argv.slice(2) : mainPages
const profile = mkdtempSync(path.join(tmpdir(), 'cvault-lighthouse-'))
const port = await freePort()
const { executablePath, args } = launchOptions()
const context = await chromium.launchPersistentContext(profile, { executablePath, args: [...args, `--remote-debugging-port=${port}`] })
try {
  const scores: Record<string, Record<string, number>> = {}
  const { benchmarkIndex } = (await run('/login', undefined)).environment
  const cpuSlowdownMultiplier = Number(process.env['CPU_SLOWDOWN'] ?? (benchmarkIndex < fastDesktop ? 2 : 4))
  console.log(`Benchmark index of this machine: ${benchmarkIndex}. For the phone its CPU counts as ${cpuSlowdownMultiplier} times as fast.`)
  const phone = { extends: 'lighthouse:default', settings: { throttling: { ...mobileSlow4G, cpuSlowdownMultiplier } } }
  const presets = { phone, desktop: desktopConfig }
  // Whoever is signed in does not see it.
  if (pages.includes('/login')) scores['/login'] = await scoresOf('/login', presets)
  await signIn(context)
  for (const page of pages.filter((each) => each !== '/login')) scores[page] = await scoresOf(page, presets)
  console.table(scores)
  if (Object.values(scores).some((each) => Object.values(each).some((value) => value < leastScore))) process.exitCode = 1
} finally {
  await context.close()
  rmSync(profile, { recursive: true, force: true })
}

async function scoresOf(page: string, presets: Record<string, Config>): Promise<Record<string, number>> {
  await visit(page)
  const scores: Record<string, number> = {}
  for (const [name, config] of Object.entries(presets)) {
    const measured: Array<Record<string, number>> = []
    while (measured.length < runs) measured.push(await measure(page, config))
    for (const id of Object.keys(measured[0] ?? {})) scores[`${name} ${id}`] = median(measured.map((each) => each[id] ?? 0))
  }
  return scores
}

async function run(page: string, config: Config | undefined) {
  const result = await lighthouse(
    `${portalUrl}${page}`,
    { port, onlyCategories: ['performance', 'accessibility'], logLevel: 'error' },
    config,
  )
  if (!result) throw new Error(`${page}: no result`)
  const { finalDisplayedUrl } = result.lhr
  if (new URL(finalDisplayedUrl).pathname !== page) throw new Error(`${page} led to ${finalDisplayedUrl}`)
  return result.lhr
}

async function measure(page: string, config: Config): Promise<Record<string, number>> {
  const { categories, audits } = await run(page, config)
  const scores = Object.entries(categories).map(([id, { score }]) => [id, Math.round((score ?? 0) * 100)] as const)
  const times = { lcp: 'largest-contentful-paint', tbt: 'total-blocking-time' }
  console.log(page, ...scores.flat(), ...Object.entries(times).flatMap(([id, audit]) => [id, Math.round(audits[audit]?.numericValue ?? 0)]))
  return Object.fromEntries(scores)
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

async function visit(path: string): Promise<void> {
  const page = await context.newPage()
  await page.goto(`${portalUrl}${path}`)
  await page.close()
}

async function signIn(browser: BrowserContext): Promise<void> {
  const page = await browser.newPage()
  await page.goto(`${portalUrl}/login`)
  await page.getByRole('button', { name: 'Sign in as the demo owner' }).click()
  await page.waitForURL('**/dashboard')
  await page.close()
}

function readInfo(): DevInfo {
  const file = path.resolve(root, process.env['CVAULT_HOME'] || '.cvault', 'dev.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DevInfo
  } catch (error) {
    throw new Error(`Start everything first (npm start): ${file} cannot be read`, { cause: error })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no free TCP port')
  return address.port
}
