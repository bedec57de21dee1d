import type { RunOptions } from 'axe-core'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { layoutShiftOf } from './browser.ts'

/** Nothing is being asked for any more: neither a skeleton nor a busy button is left. */
export const isLoaded = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.querySelector('.animate-pulse, [aria-busy=true]') === null)

export const untilLoaded = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => document.querySelector('.animate-pulse, [aria-busy=true]') === null)

/** Everything that is wrong with the page as it stands, in words. */
export async function problemsOf(page: Page, name: string): Promise<string[]> {
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

/** Only text that is hard to read, in the light and in the dark: for markup that is not ours. */
export async function contrastProblemsOf(page: Page, name: string): Promise<string[]> {
  const problems: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Colours begin to change a frame later.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'))
    problems.push(
      ...(await violationsOf(page, { runOnly: ['color-contrast'] })).map((violation) => `${name}, ${colorScheme}: ${violation}`),
    )
  }
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
