import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { addDevice, createAccount, downloadConfig, goTo, onPage } from '../harness/app.ts'
import { sessionIn } from '../harness/tokens.ts'
import type { Stage } from '../harness/use-demo.ts'

const privateKeyIn = (config: string): string => /^PrivateKey = (\S{44})$/m.exec(config)?.[1] ?? expect.fail('the file has no private key')

const hostile = [
  `<img src=x onerror="reportFault('ran')">`,
  `"><script>reportFault('ran')</script>`,
  `javascript:reportFault('ran')`,
  `{{7*7}} \${7*7} ‮evil`,
]

export function privacyJourneys(stage: () => Stage): void {
  test('the log and its export hold no secret', async () => {
    const { visitor } = stage()
    const { page, calls } = visitor
    await page.goto('/')
    const { password } = await createAccount(page)
    await addDevice(page, { name: 'Laptop' })
    const privateKey = privateKeyIn((await downloadConfig(page)).text)
    const { accessToken, refreshToken } = await sessionIn(page)
    await goTo(page, 'Log')
    await page.getByText('/api/v1/auth/register').first().waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /export/i }).click()])
    const exported = await readFile(await download.path(), 'utf8')
    const entries = JSON.parse(exported) as unknown[]
    expect(Array.isArray(entries) ? entries.length : Object.keys(entries).length).toBeGreaterThan(0)
    expect(exported).toContain('/api/v1/devices')
    const shown = await page.locator('body').innerText()
    for (const [name, secret] of Object.entries({ password, privateKey, accessToken, refreshToken })) {
      expect(exported.includes(secret), `the export holds the ${name}`).toBe(false)
      expect(shown.includes(secret), `the page shows the ${name}`).toBe(false)
    }
    expect(calls.every(({ path }) => !path.includes(password))).toBe(true)

    await page.getByRole('button', { name: /clear/i }).click()
    await expect.poll(() => page.getByText('/api/v1/auth/register').count()).toBe(0)
  })

  test('the browser keeps the session and the configuration, and a private key only where it was made here', async () => {
    const { backend, visitor } = stage()
    const { page } = visitor
    await page.goto('/')
    const { password } = await createAccount(page)
    await addDevice(page, { name: 'Made there' })
    const ofServer = privateKeyIn((await downloadConfig(page)).text)
    expect(await keptIn(page)).toEqual(['cvault-demo.config', 'cvault.*.session'])
    expect(await everythingKept(page)).not.toContain(ofServer)

    await goTo(page, 'Devices')
    await addDevice(page, { name: 'Made here', keys: 'Made on this device' })
    const own = privateKeyIn((await downloadConfig(page)).text)
    expect(await keptIn(page)).toEqual(['cvault-demo.config', 'cvault.*.keys', 'cvault.*.session'])
    const kept = await everythingKept(page)
    expect(kept).toContain(own)
    for (const secret of [ofServer, password, backend.tenant.apiSecret]) expect(kept).not.toContain(secret)
  })

  test('who forgets the configuration leaves neither session nor key behind', async () => {
    const { page, calls } = stage().visitor
    await page.goto('/')
    await createAccount(page)
    await addDevice(page, { name: 'Made here', keys: 'Made on this device' })
    await page.goto('/configure')
    await page.getByRole('button', { name: 'Forget this configuration' }).click()
    await expect.poll(() => keptIn(page)).toEqual([])
    await expect.poll(() => calls.map(({ path }) => path)).toContain('/api/v1/auth/logout')
  })

  test('a private key is on the page only when asked for', async () => {
    const { page } = stage().visitor
    await page.goto('/')
    await createAccount(page)
    await addDevice(page, { name: 'Laptop' })
    const privateKey = privateKeyIn((await downloadConfig(page)).text)
    await page.reload()
    await onPage(page, 'Laptop')
    await page.getByText('[Interface]').first().waitFor()
    expect(await page.content()).not.toContain(privateKey)
    await page.getByRole('button', { name: 'Show key' }).click()
    await page.getByText(privateKey).first().waitFor()
  })

  test('hostile names stay text wherever they are shown', async () => {
    const { visitor } = stage()
    const { page } = visitor
    await page.goto('/')
    await createAccount(page)
    for (const name of hostile) {
      await addDevice(page, { name })
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(name)
      const { fileName } = await downloadConfig(page)
      expect(fileName).toMatch(/^[a-zA-Z0-9_=+.-]+\.conf$/)
      await goTo(page, 'Devices')
    }
    for (const name of hostile) await page.getByText(name, { exact: true }).first().waitFor()
    const [first = ''] = hostile
    await page.getByRole('button', { name: `Remove ${first}`, exact: true }).click()
    await page.getByRole('alertdialog').getByText(first).first().waitFor()
    await page.keyboard.press('Escape')
    for (const name of ['Connect', 'Usage', 'Log']) await goTo(page, name)
    await page.goto(`/devices/${encodeURIComponent(first)}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.locator('img[src="x"], script:not([src])').count()).toBe(0)
    expect(visitor.faults).toEqual([])
  })
}

/** Names of what localStorage holds, the tenant's part of a name left out. */
const keptIn = async (page: Page): Promise<string[]> =>
  (await page.evaluate(() => Object.keys(localStorage))).map((key) => key.replace(/^cvault\..+\.(session|keys)$/, 'cvault.*.$1')).sort()

const everythingKept = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => name)
    return JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), databases, document.cookie])
  })
