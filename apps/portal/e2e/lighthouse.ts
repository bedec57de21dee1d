import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import lighthouse from 'lighthouse'
import desktopConfig from 'lighthouse/core/config/desktop-config.js'
import type { BrowserContext } from 'playwright-core'
import { chromium } from 'playwright-core'
import { launchOptions } from '../../../packages/ui/test/browser.ts'
import type { DevInfo } from '../../../scripts/dev/summary.ts'

// What a running `npm start` scores, on a machine with nothing else to do: performance and accessibility of the main pages.
const pages = ['/login', '/dashboard', '/analytics', '/users', '/docs']
const leastScore = 95

const root = path.resolve(import.meta.dirname, '../../..')
const { portalUrl } = readInfo()
const profile = mkdtempSync(path.join(tmpdir(), 'cvault-lighthouse-'))
const port = await freePort()
const { executablePath, args } = launchOptions()
const context = await chromium.launchPersistentContext(profile, { executablePath, args: [...args, `--remote-debugging-port=${port}`] })
try {
  const scores = [await score('/login')]
  await signIn(context)
  for (const page of pages.slice(1)) scores.push(await score(page))
  console.table(Object.fromEntries(scores.map(({ page, ...rest }) => [page, rest])))
  const low = scores.filter(({ page: _page, ...each }) => Object.values(each).some((value) => Number(value) < leastScore))
  if (low.length > 0) process.exitCode = 1
} finally {
  await context.close()
  rmSync(profile, { recursive: true, force: true })
}

async function score(page: string): Promise<{ page: string } & Record<string, number | string>> {
  const of = async (name: string, config?: typeof desktopConfig) => {
    // What is signed in stays signed in.
    const flags = { port, disableStorageReset: true, onlyCategories: ['performance', 'accessibility'], logLevel: 'error' } as const
    const result = await lighthouse(`${portalUrl}${page}`, { ...flags, onlyCategories: [...flags.onlyCategories] }, config)
    if (!result) throw new Error(`${page}: no result`)
    const { categories, finalDisplayedUrl } = result.lhr
    if (new URL(finalDisplayedUrl).pathname !== page) throw new Error(`${page} led to ${finalDisplayedUrl}`)
    return Object.entries(categories).map(([id, category]) => [`${name} ${id}`, Math.round((category.score ?? 0) * 100)] as const)
  }
  return { page, ...Object.fromEntries([...(await of('phone')), ...(await of('desktop', desktopConfig))]) }
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
