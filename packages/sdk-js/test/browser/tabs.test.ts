import { chromium, type Browser, type BrowserContext, type Frame, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type * as sdkModule from '../../src/index.ts'
import { startTokenApi, type TokenApi } from './token-api.ts'

declare global {
  // What the page's script leaves: the SDK, and the client of the tab.
  var sdk: typeof sdkModule
  var cvault: sdkModule.CVault
  var heard: string[]
}

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync']
let browser: Browser
let api: TokenApi
let context: BrowserContext
let faults: string[]

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium', args: flags })
})
afterAll(() => browser.close())

beforeEach(async () => {
  api = await startTokenApi()
  faults = []
  context = await browser.newContext()
  context.setDefaultTimeout(30_000)
  context.on('weberror', (error) => void faults.push(error.error().message))
  await context.exposeBinding('reportFault', (_source, text: string) => void faults.push(text))
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      (globalThis as unknown as { reportFault(text: string): void }).reportFault(`${violatedDirective} refused ${blockedURI}`),
    ),
  )
})
afterEach(async () => {
  await context.close()
  await api.close()
  if (faults.length > 0) throw new Error(`The pages had faults: ${faults.join(', ')}`)
})

/** A tab with a client on the storage that it shares with the others. */
async function openTab(): Promise<Page> {
  const page = await context.newPage()
  await page.goto(api.url)
  await page.evaluate(() => {
    globalThis.heard = []
    globalThis.cvault = new sdk.CVault({ apiKey: 'cvk_key', baseUrl: location.origin, storage: 'localStorage' })
    cvault.on('signedIn', ({ email }) => heard.push(`in ${email}`))
    cvault.on('signedOut', ({ reason }) => heard.push(`out ${reason}`))
  })
  return page
}

const login = (tab: Page, email = 'ada@example.test') => tab.evaluate((name) => cvault.auth.login({ email: name, password: 'x' }), email)
const told = (tab: Page): Promise<string[]> => tab.evaluate(() => globalThis.heard)
const stored = (tab: Page): Promise<string[]> => tab.evaluate(() => Object.keys(localStorage))
/** How ten calls at once ended, each by its code. */
const tenCalls = (tab: Page): Promise<string[]> =>
  tab.evaluate(() =>
    Promise.all(
      Array.from({ length: 10 }, () =>
        cvault.auth.me().then(
          () => 'answered',
          (error: { code: string }) => error.code,
        ),
      ),
    ),
  )
const countOf = (call: string): number => api.asked.filter((asked) => asked === call).length

async function openBothTabs(): Promise<[Page, Page]> {
  const [one, two] = [await openTab(), await openTab()]
  await login(one)
  await expect.poll(() => told(two)).toEqual(['in ada@example.test'])
  return [one, two]
}

test('an access token that ended is renewed once for both tabs', async () => {
  const [one, two] = await openBothTabs()
  api.expire()
  // Both tabs are told that it ended before the one renewal is answered.
  api.holdRenewals(() => vi.waitUntil(() => countOf('GET /api/v1/auth/me') === 20, { timeout: 30_000 }))
  const ended = await Promise.all([tenCalls(one), tenCalls(two)])
  expect(ended.flat()).toEqual(Array.from({ length: 20 }, () => 'answered'))
  expect(countOf('POST /api/v1/auth/refresh')).toBe(1)
  expect([await told(one), await told(two)]).toEqual([['in ada@example.test'], ['in ada@example.test']])
})

test('a logout in one tab signs the other out', async () => {
  const [one, two] = await openBothTabs()
  await one.evaluate(() => cvault.auth.logout())
  await expect.poll(() => told(two)).toEqual(['in ada@example.test', 'out elsewhere'])
  expect(new Set(await tenCalls(two))).toEqual(new Set(['NOT_SIGNED_IN']))
  expect([await stored(one), await stored(two)]).toEqual([[], []])
})

test('a logout in one tab is not undone by a renewal in the other', async () => {
  const [one, two] = await openBothTabs()
  api.expire()
  let release = (): void => {}
  api.holdRenewals(() => new Promise<void>((resolve) => (release = resolve)))
  const calls = tenCalls(two)
  await vi.waitUntil(() => countOf('POST /api/v1/auth/refresh') === 1, { timeout: 5_000 })
  await one.evaluate(() => cvault.auth.logout())
  release()
  expect(new Set(await calls)).toEqual(new Set(['NOT_SIGNED_IN']))
  expect([await stored(one), await stored(two)]).toEqual([[], []])
  expect(await one.evaluate(() => cvault.auth.getUser())).toBeNull()
})

test('what else another tab does to the storage is followed', async () => {
  const [one, two] = await openBothTabs()
  await login(one, 'bob@example.test')
  await expect.poll(() => told(two)).toEqual(['in ada@example.test', 'in bob@example.test'])
  await one.evaluate(() => localStorage.clear())
  await expect.poll(() => told(two)).toContain('out elsewhere')
  await two.evaluate(() => cvault.close())
  await login(one)
  await expect.poll(() => told(one)).toEqual(['in ada@example.test', 'in bob@example.test', 'in ada@example.test'])
  expect(await told(two)).toHaveLength(3)
})

test('the secret is refused in a page and in a worker of one', async () => {
  const page = await openTab()
  const codes = await page.evaluate(async () => {
    const options = { apiKey: 'cvk_key', apiSecret: 'cvs_secret' }
    const worker = new Worker('/worker.js')
    const inWorker = (given: object): Promise<string> =>
      new Promise((resolve) => {
        worker.onmessage = ({ data }: MessageEvent<string>) => resolve(data)
        worker.postMessage(given)
      })
    const inPage = (given: sdkModule.CVaultOptions): string => {
      try {
        new sdk.CVault(given).close()
        return 'made'
      } catch (error) {
        return sdk.isCVaultError(error) ? error.code : 'another'
      }
    }
    return [
      inPage(options),
      inPage({ ...options, dangerouslyAllowBrowser: true }),
      inPage({ apiKey: 'cvk_key' }),
      await inWorker(options),
      await inWorker({ ...options, dangerouslyAllowBrowser: true }),
    ]
  })
  expect(codes).toEqual(['INVALID_OPTIONS', 'made', 'made', 'INVALID_OPTIONS', 'made'])
})

test('a frame that may lock and store nothing still renews, with a storage of its own', async () => {
  const page = await context.newPage()
  await page.goto(`${api.url}/frame`)
  const frame = page.frames().find((one): one is Frame => one !== page.mainFrame()) ?? expect.unreachable('no frame')
  await frame.waitForLoadState()
  const codes = await frame.evaluate(async (baseUrl) => {
    const values = new Map<string, string>()
    const storage = {
      get: (key: string) => values.get(key) ?? null,
      set: (key: string, value: string) => void values.set(key, value),
      remove: (key: string) => void values.delete(key),
    }
    const codeOf = (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
    const own = new sdk.CVault({ apiKey: 'cvk_key', baseUrl, storage })
    const shared = new sdk.CVault({ apiKey: 'cvk_key', baseUrl, storage: 'localStorage' })
    const credentials = { email: 'ada@example.test', password: 'x' }
    return [
      await codeOf(navigator.locks.request('x', () => {})),
      await codeOf(own.auth.login(credentials)),
      await codeOf(own.auth.refresh()),
      await codeOf(shared.auth.login(credentials)),
    ]
  }, api.url)
  expect(codes).toEqual([expect.anything(), 'done', 'done', 'STORAGE_ERROR'])
  expect(codes[0]).not.toBe('done')
})
