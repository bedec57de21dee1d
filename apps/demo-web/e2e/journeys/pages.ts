import type { RunOptions } from 'axe-core'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { addDevice, createAccount, onPage } from '../harness/app.ts'
import { layoutShiftOf } from '../harness/browser.ts'
import type { Stage } from '../harness/use-demo.ts'

type PageOfApp = { path: string; heading: string | RegExp }
const pages = (devicePath: string): PageOfApp[] => [
  { path: '/configure', heading: 'Configure' },
  { path: '/devices', heading: 'Devices' },
  { path: devicePath, heading: 'Laptop' },
  { path: '/connect', heading: 'Connect' },
  { path: '/servers', heading: 'Servers' },
  { path: '/usage', heading: 'Usage' },
  { path: '/log', heading: 'Log' },
  { path: '/about', heading: 'About' },
  { path: '/no-such-page', heading: /./ },
]
const screens = {
  wide: { width: 1280, height: 900 },
  phone: { width: 360, height: 740 },
}

export function pageJourneys(stage: () => Stage): void {
  test.each(Object.entries(screens))(
    'every page, %s: accessible in light and dark, steady, no wider than the screen',
    async (_name, screen) => {
      const { visitor } = stage()
      const { page } = visitor
      await page.setViewportSize(screen)
      await page.emulateMedia({ reducedMotion: 'reduce' })
      await page.goto('/')
      const problems = await problemsOf(page, 'sign in')
      await createAccount(page)
      problems.push(...(await problemsOf(page, 'no devices')))
      await addDevice(page, { name: 'Laptop' })
      for (const { path, heading } of pages(new URL(page.url()).pathname)) {
        await page.goto(path)
        await onPage(page, heading)
        await untilLoaded(page)
        problems.push(...(await problemsOf(page, path)))
      }
      await page.goto('/devices')
      await page.getByRole('button', { name: 'Add device' }).first().click()
      await page.getByRole('dialog').waitFor()
      problems.push(...(await problemsOf(page, 'the dialog')))
      expect(problems).toEqual([])
      expect(visitor.faults).toEqual([])
    },
  )
}

/** Nothing is being asked for any more: neither a skeleton nor a busy button is left. */
const untilLoaded = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => document.querySelector('.animate-pulse, [aria-busy=true]') === null)

/** Everything that is wrong with the page as it stands, in words. */
async function problemsOf(page: Page, name: string): Promise<string[]> {
  const problems: string[] = []
  const shift = await layoutShiftOf(page)
  if (shift.sum >= 0.1) problems.push(`${name}: moved by ${shift.sum.toFixed(3)} while it loaded: ${shift.moved.join(' | ')}`)
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth] as const)
  if (content > screen) problems.push(`${name}: ${content} px wide on a screen of ${screen}`)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'))
    problems.push(
      ...(
        await violationsOf(
          page,
          colorScheme === 'light' ? { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } : { runOnly: ['color-contrast'] },
        )
      ).map((violation) => `${name}, ${colorScheme}: ${violation}`),
    )
  }
  await page.emulateMedia({ colorScheme: 'light' })
  return problems
}

/** What axe calls serious or critical; in another colour scheme only colours differ. Evaluated from outside, so the page's policy may refuse all scripts but its own. */
async function violationsOf(page: Page, options: RunOptions): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(
    (chosen) => (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'], ...chosen }),
    options,
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}
