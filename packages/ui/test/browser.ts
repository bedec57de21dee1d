import { existsSync } from 'node:fs'
import process from 'node:process'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

/** One call the browser made to another origin than the page's: to the API. */
export type ApiCall = { method: string; path: string; body: string }

/** A person at a browser of their own, and all that must not go wrong in it. */
export type Visitor = {
  page: Page
  context: BrowserContext
  /** Calls to the API, in order. */
  calls: ApiCall[]
  /** Uncaught errors, and whatever the Content-Security-Policy refused. */
  faults: string[]
  /** What the page says, for whoever looks at a failed test. */
  describe(): Promise<string>
}

const places = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const actionTimeoutMs = 60_000

/** Debian's Chromium (or CHROMIUM_PATH), as every test starts it. */
export function launchOptions(): { executablePath: string; args: string[] } {
  const executablePath = places.find((place) => place !== undefined && existsSync(place))
  if (executablePath === undefined)
    throw new Error(
      'The journeys need Chromium: apt-get update && apt-get install --no-install-recommends -y chromium; or set CHROMIUM_PATH',
    )
  return { executablePath, args: flags }
}

export const startBrowser = (): Promise<Browser> => chromium.launch(launchOptions())

/**
 * A browser profile that was never here before, with one empty page. Without a service worker unless asked:
 * it would fetch the whole app anew for every profile.
 */
export async function newVisitor(browser: Browser, baseURL: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ baseURL, acceptDownloads: true, serviceWorkers: 'block', ...options })
  context.setDefaultTimeout(actionTimeoutMs)
  const [calls, faults]: [ApiCall[], string[]] = [[], []]
  await context.exposeBinding('reportFault', (_source, text: string) => void faults.push(text))
  await context.addInitScript(watchPage)
  context.on('request', (request) => {
    const { pathname, origin } = new URL(request.url())
    if (origin !== baseURL && request.method() !== 'OPTIONS')
      calls.push({ method: request.method(), path: pathname, body: request.postData() ?? '' })
  })
  context.on('weberror', (error) => void faults.push(`uncaught: ${error.error().message}`))
  const page = await context.newPage()
  return { page, context, calls, faults, describe: async () => `${page.url()}\n${await page.locator('body').ariaSnapshot()}` }
}

/** Runs in the page before anything else. */
function watchPage(): void {
  const scope = globalThis as unknown as { reportFault(text: string): void; layoutShift: LayoutShift }
  document.addEventListener('securitypolicyviolation', (event) =>
    scope.reportFault(`policy: ${event.violatedDirective} refused ${event.blockedURI}`),
  )
  type Entry = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: Array<{ node: Node | null }> }
  scope.layoutShift = { sum: 0, moved: [] }
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries() as Entry[]) {
      if (hadRecentInput) continue
      scope.layoutShift.sum += value
      for (const { node } of sources) scope.layoutShift.moved.push(node instanceof Element ? node.outerHTML.slice(0, 120) : String(node))
    }
  }).observe({ type: 'layout-shift', buffered: true })
}

/** Sum of the unexpected layout shifts since the document was loaded, and what moved. */
export type LayoutShift = { sum: number; moved: string[] }

export const layoutShiftOf = (page: Page): Promise<LayoutShift> =>
  page.evaluate(() => (globalThis as unknown as { layoutShift: LayoutShift }).layoutShift)
