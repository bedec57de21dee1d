import { once } from 'node:events'
import { createServer } from 'node:http'
import type { DeviceWithConfig } from '@cvault/schema/devices'
import { createCaller } from '@cvault/api/test/e2e/harness/http-caller.ts'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Owner } from '../harness/members.ts'
import { enter, newPerson, onPage } from '../harness/members.ts'
import type { Stage } from '../harness/use-portal.ts'

export function securityJourneys(stage: () => Stage): void {
  // The same machine under another port is the same site, so the browser sends the cookie along: only the portal can refuse.
  test.for(['127.0.0.1', 'localhost'])(
    'a form that a page on another origin (%s) sends in a member’s name is refused',
    async (name, context) => {
      const { open, owner, portalUrl } = stage()
      // Without script, as the attack is; forms must work so anyway.
      const [person, { page }] = await Promise.all([owner(), open(context, { javaScriptEnabled: false })])
      await enter(page, person, '/account')
      await page.getByRole('textbox', { name: 'Your name' }).fill('Chosen')
      const fields = await fieldsOfRenaming(page)
      await page.getByRole('button', { name: 'Save' }).click()
      await expect.poll(() => nameOf(person), { message: 'the form itself works' }).toBe('Chosen')

      const inputs = fields.map(
        ([field, value]) => `<input name="${field}" value="${value.replaceAll('"', '&quot;').replace('Chosen', 'Forced')}">`,
      )
      const html = `<form method="post" enctype="multipart/form-data" action="${portalUrl}/account">${inputs.join('')}<button>Win</button></form>`
      const evil = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(html)).listen(0)
      await once(evil, 'listening')
      const { port } = evil.address() as { port: number }
      await page.goto(`http://${name}:${port}/`)
      const [response] = await Promise.all([
        page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.url().startsWith(portalUrl)),
        page.getByRole('button', { name: 'Win' }).click(),
      ])
      evil.close()
      const { cookie } = await response.request().allHeaders()
      expect([response.status(), cookie?.includes('__Host-cvault') ?? false]).toEqual([403, name === '127.0.0.1'])
      expect(await nameOf(person)).toBe('Chosen')
    },
  )

  test('another tenant’s page is not found, exactly like one that never was', async (context) => {
    const { open, owner, api } = stage()
    const [mine, theirs, { page, faults }] = await Promise.all([owner(), owner(), open(context)])
    const { userId, deviceId } = await makeDevice(api.url, theirs)
    await enter(page, mine, '/users')
    for (const [path, id] of [
      ['/users', userId],
      ['/devices', deviceId],
    ] as const) {
      const [foreign, random] = [await shown(page, `${path}/${id}`), await shown(page, `${path}/01890000-0000-7000-8000-000000000000`)]
      expect(foreign).toEqual(random)
      expect(foreign.heading).toMatch(/not found|no such|nothing here/i)
    }
    await page.getByRole('button', { name: 'Sign out' }).click()
    await enter(page, theirs, `/users/${userId}`)
    await onPage(page, /person-/)
    expect(faults).toEqual([])
  })
}

/** What the form would send, in order. */
const fieldsOfRenaming = (page: Page): Promise<Array<[string, string]>> =>
  page
    .locator('form')
    .filter({ has: page.getByRole('textbox', { name: 'Your name' }) })
    .evaluate((form: HTMLFormElement) => [...new FormData(form)].map(([name, value]) => [name, String(value)]))

const nameOf = async (person: Owner): Promise<string | null> =>
  (await person.call<{ name: string | null }>('GET', '/api/v1/tenant/account')).name

async function makeDevice(apiUrl: string, { apiKey }: Owner): Promise<{ userId: string; deviceId: string }> {
  const tokens = await createCaller(apiUrl, { 'x-api-key': apiKey }).call<{ accessToken: string; user: { id: string } }>(
    'POST',
    '/api/v1/auth/register',
    newPerson(),
  )
  const user = createCaller(apiUrl, { 'x-api-key': apiKey, authorization: `Bearer ${tokens.accessToken}` })
  const { id } = await user.call<DeviceWithConfig>('POST', '/api/v1/devices', { deviceName: 'Laptop' })
  return { userId: tokens.user.id, deviceId: id }
}

async function shown(page: Page, path: string): Promise<{ status: number | undefined; heading: string; text: string }> {
  const response = await page.goto(path)
  const heading = page.getByRole('heading', { level: 1 })
  await heading.waitFor()
  return { status: response?.status(), heading: await heading.innerText(), text: await page.getByRole('main').innerText() }
}
