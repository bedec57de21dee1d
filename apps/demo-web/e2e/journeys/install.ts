import { expect, test } from 'vitest'
import { addDevice, createAccount, onPage } from '../harness/app.ts'
import type { Stage } from '../harness/use-demo.ts'

type Manifest = {
  name: string
  start_url: string
  display: string
  icons: Array<{ src: string; sizes: string; type: string; purpose?: string }>
}

export function installJourneys(stage: () => Stage): void {
  test('a browser may install it: manifest, icons and service worker are what it asks for', async () => {
    const { backend, open } = stage()
    const visitor = await open({ serviceWorkers: 'allow' })
    const { page, context } = visitor
    await page.goto('/')
    const href = await page.locator('link[rel=manifest]').getAttribute('href')
    const manifest = (await (await fetch(new URL(href ?? '', backend.demo.url))).json()) as Manifest
    expect(manifest).toMatchObject({ name: 'CVault Demo', start_url: '/', display: 'standalone' })
    expect(manifest.icons.some(({ purpose }) => purpose?.includes('maskable'))).toBe(true)
    for (const { src, sizes, type } of manifest.icons) {
      const response = await fetch(new URL(src, backend.demo.url))
      expect([response.status, response.headers.get('content-type')], src).toEqual([200, type])
      if (type === 'image/png') expect(pngSize(Buffer.from(await response.arrayBuffer())), src).toBe(sizes)
    }
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    const session = await context.newCDPSession(page)
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
    // A test's profile is always a private one.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([])
  })

  test('it starts without a network, says so, and keeps no answer of the API', async () => {
    const { backend, open } = stage()
    const visitor = await open({ serviceWorkers: 'allow' })
    const { page, context } = visitor
    await page.goto('/')
    await createAccount(page)
    await addDevice(page, { name: 'Laptop' })
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    await page.reload()
    await onPage(page, 'Laptop')

    await context.setOffline(true)
    await page.reload()
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
    await page
      .getByText(/offline/i)
      .first()
      .waitFor()
    const cached = await page.evaluate(async () => {
      const urls: string[] = []
      for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) urls.push(url)
      return urls
    })
    expect(cached.length).toBeGreaterThan(0)
    expect(cached.filter((url) => url.includes('/api/') || url.startsWith(backend.api.url) || url.includes('config.json'))).toEqual([])

    await context.setOffline(false)
    await onPage(page, 'Laptop')
    await page.getByText('[Interface]').first().waitFor()
    expect(visitor.faults).toEqual([])
  })
}

/** Width and height as the file itself says, e.g. `192x192`. */
const pngSize = (file: Buffer): string => `${file.readUInt32BE(16)}x${file.readUInt32BE(20)}`
