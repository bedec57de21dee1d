import { problemsOf, untilLoaded } from '@cvault/ui/test/page-problems'
import { expect, test } from 'vitest'
import { addDevice, createAccount, onPage } from '../harness/app.ts'
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
