import { problemsOf, untilLoaded } from '@cvault/ui/test/page-problems'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { makeDevice, useTunnel } from '../harness/app-users.ts'
import { enter } from '../harness/members.ts'
import type { Stage } from '../harness/use-portal.ts'

/** Whoever is not signed in. A link that does not work is a page too. */
const openPages = ['/login', '/signup', '/forgot', '/reset?token=x', '/verify?token=x', '/invite?token=x', '/docs']
const memberPages = ['/dashboard', '/onboarding', '/analytics', '/users', '/devices', '/sessions', '/api-keys', '/members', '/audit']
const moreMemberPages = ['/account', '/settings', '/support', '/no-such-page']
const screens = { wide: { width: 1280, height: 900 }, phone: { width: 375, height: 740 } }

export function pageJourneys(stage: () => Stage): void {
  test.for(Object.entries(screens))(
    'every page, %s: accessible in light and dark, steady, no wider than the screen',
    async ([, viewport], context) => {
      const running = stage()
      const [person, { page, faults }] = await Promise.all([running.owner(), running.open(context, { viewport })])
      const { userId, device } = await makeDevice(running, person)
      await useTunnel(running, device.publicKey, 40_000_000, 160_000_000)
      const problems: string[] = []
      for (const path of openPages) problems.push(...(await problemsAt(page, path)))
      await enter(page, person)
      for (const path of [...memberPages, ...moreMemberPages, `/users/${userId}`, `/devices/${device.id}`])
        problems.push(...(await problemsAt(page, path)))
      expect(problems).toEqual([])
      expect(faults).toEqual([])
    },
  )
}

async function problemsAt(page: Page, path: string): Promise<string[]> {
  await page.goto(path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await untilLoaded(page)
  const headings = await page.getByRole('heading', { level: 1 }).count()
  return [...(headings === 1 ? [] : [`${path}: ${headings} first headings`]), ...(await problemsOf(page, path))]
}
