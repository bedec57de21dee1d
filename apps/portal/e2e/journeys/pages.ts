import { gzipSync } from 'node:zlib'
import { contrastProblemsOf, problemsOf, isLoaded } from '@cvault/ui/test/page-problems'
import type { APIRequestContext, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { makeDevice, useTunnel } from '../harness/app-users.ts'
import { enter } from '../harness/members.ts'
import type { Stage } from '../harness/use-portal.ts'
import { until } from '../harness/until.ts'

/** Whoever is not signed in. A link that does not work is a page too. */
const openPages = ['/login', '/signup', '/forgot', '/reset?token=x', '/verify?token=x', '/invite?token=x', '/docs']
const numbers = ['/dashboard', '/onboarding', '/analytics', '/audit', '/members', '/account']
const lists = ['/users', '/devices', '/sessions', '/api-keys', '/settings', '/support', '/no-such-page']
/** Bytes of script, compressed, that a first visit may cost: most of it is Next.js and React. */
const scriptBudgets = { '/login': 170_000, '/docs': 172_000, '/users': 176_000, '/analytics': 178_000, '/dashboard': 178_000 }
const screens = { wide: { width: 1280, height: 900 }, phone: { width: 375, height: 740 } }
const title = (pages: string, screen: string) => `${pages}, ${screen}: accessible in light and dark, steady, no wider than the screen`

export function pageJourneys(stage: () => Stage): void {
  test('every answer says how browsers have to treat it, and the icon is where they look for one', async () => {
    const { portalUrl } = stage()
    const answers = await Promise.all(['/login', '/favicon.ico', '/icon.svg'].map((path) => fetch(portalUrl + path)))
    expect(answers.map(({ status, headers }) => [status, headers.get('x-content-type-options'), headers.get('content-type')])).toEqual([
      [200, 'nosniff', expect.stringContaining('text/html')],
      [200, 'nosniff', 'image/svg+xml'],
      [200, 'nosniff', 'image/svg+xml'],
    ])
    expect(await answers[0]?.text()).toMatch(/<link rel="icon" href="\/icon\.svg/)
  })

  test('the API reference is readable, in light and dark, also where a call is tried out', async (context) => {
    const { page, faults } = await stage().open(context)
    await page.goto('/docs/api')
    const call = page.locator('.opblock', { hasText: 'Register a device' })
    await call.locator('.opblock-summary-control').click()
    await call.getByRole('button', { name: 'Try it out' }).click()
    await call.getByRole('button', { name: 'Execute' }).waitFor()
    expect(await contrastProblemsOf(page, '/docs/api')).toEqual([])
    expect(faults).toEqual([])
  })

  test('a first visit loads no more script than it may', async (context) => {
    const running = stage()
    const [person, { page }] = await Promise.all([running.owner(), running.open(context)])
    const paths = Object.keys(scriptBudgets)
    const spent = { '/login': await scriptBytesOf(page.request, '/login') }
    await enter(page, person)
    for (const path of paths.slice(1)) Object.assign(spent, { [path]: await scriptBytesOf(page.request, path) })
    // Less than most of it is Next.js alone: then this looks at the wrong thing.
    expect(Math.min(...Object.values(spent))).toBeGreaterThan(100_000)
    expect(Object.entries(spent).filter(([path, bytes]) => bytes > scriptBudgets[path as keyof typeof scriptBudgets])).toEqual([])
  })

  for (const [screen, viewport] of Object.entries(screens)) {
    test(title('pages before sign-in', screen), async (context) => {
      const { page, faults } = await stage().open(context, { viewport })
      expect(await problemsOn(page, openPages)).toEqual([])
      expect(faults).toEqual([])
    })

    for (const [name, paths] of Object.entries({ numbers, lists })) {
      test(title(`pages of members, ${name}`, screen), async (context) => {
        const running = stage()
        const [person, { page, faults }] = await Promise.all([running.owner(), running.open(context, { viewport })])
        const { userId, device } = await makeDevice(running, person)
        await useTunnel(running, device.publicKey, 40_000_000, 160_000_000)
        await enter(page, person)
        const details = name === 'lists' ? [`/users/${userId}`, `/devices/${device.id}`] : []
        expect(await problemsOn(page, [...paths, ...details])).toEqual([])
        expect(faults).toEqual([])
      })
    }
  }
}

async function problemsOn(page: Page, paths: string[]): Promise<string[]> {
  const problems: string[] = []
  for (const path of paths) problems.push(...(await problemsAt(page, path)))
  return problems
}

/** Of all scripts that the document names, but for those that only old browsers load. */
async function scriptBytesOf(browser: APIRequestContext, path: string): Promise<number> {
  const html = (await (await browser.get(path)).text()).replaceAll(/<script[^>]* nomodule[^>]*>/gi, '')
  const names = new Set(html.match(/static\/chunks\/[\w.~-]+\.js/g))
  const bodies = await Promise.all([...names].map(async (name) => (await browser.get(`/_next/${name}`)).body()))
  return bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)
}

/** What is drawn when it comes near the screen: look at the whole page, then at its beginning again. */
const seeAll = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight / 2) {
      scrollTo(0, top)
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    }
    scrollTo(0, 0)
  })

async function problemsAt(page: Page, path: string): Promise<string[]> {
  await page.goto(path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  // Again where the script came after the look.
  await until(async () => expect(await seeAll(page).then(() => isLoaded(page))).toBe(true))
  const headings = await page.getByRole('heading', { level: 1 }).count()
  return [...(headings === 1 ? [] : [`${path}: ${headings} first headings`]), ...(await problemsOf(page, path))]
}
