import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { makeDevice } from '../harness/app-users.ts'
import type { Owner } from '../harness/members.ts'
import { enter, onPage } from '../harness/members.ts'
import type { Stage } from '../harness/use-portal.ts'

export function securityJourneys(stage: () => Stage): void {
  // The same machine under another port is the same site, so the browser sends the cookie along: only the portal can refuse.
  test.for(['127.0.0.1', 'localhost'])(
    'a form that a page on another origin (%s) sends in a member’s name is refused',
    async (name, context) => {
      const { open, owner, portalUrl } = stage()
      const [person, { page }] = await Promise.all([owner(), open(context)])
      await enter(page, person, '/account')
      // All that a form of ours holds, its proof of the session included: more than an attacker could know.
      const fields = await fieldsOfRenaming(page)
      expect(fields.map(([field]) => field)).toContain('csrf')
      await expect(sendFromOwnPage(page, fields)).resolves.toBe(200)
      expect(await nameOf(person), 'the form itself works').toBe('Chosen')

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
    const { open, owner } = stage()
    const [mine, theirs, { page, faults }] = await Promise.all([owner(), owner(), open(context)])
    const { userId, device } = await makeDevice(stage(), theirs)
    await enter(page, mine, '/users')
    for (const [path, id] of [
      ['/users', userId],
      ['/devices', device.id],
    ] as const) {
      const [foreign, random] = [await shown(page, `${path}/${id}`), await shown(page, `${path}/01890000-0000-7000-8000-000000000000`)]
      expect(foreign).toEqual(random)
      expect(foreign.heading).toMatch(/not found|no such|nothing here/i)
    }
    await page.getByRole('button', { name: 'Sign out' }).click()
    await onPage(page, 'Sign in')
    await enter(page, theirs, `/users/${userId}`)
    await onPage(page, /person-/)
    // React says of a page that was not found that its server stopped in the middle (419); nothing else may go wrong.
    expect(faults.filter((fault) => !fault.includes('error #419'))).toEqual([])
  })
}

/** What the form sends where scripts have not loaded yet: React takes its own fields away once they have. */
async function fieldsOfRenaming(page: Page): Promise<Array<[string, string]>> {
  const html = await page.evaluate(async () => (await fetch('/account')).text())
  return page.evaluate((text) => {
    const forms = [...new DOMParser().parseFromString(text, 'text/html').querySelectorAll('form')]
    const form = forms.find((each) => each.querySelector('input[autocomplete=name]'))
    const fields = form ? [...new FormData(form)] : []
    return fields.map(([name, value]) => [name, name === 'name' ? 'Chosen' : String(value)] as [string, string])
  }, html)
}

const sendFromOwnPage = (page: Page, fields: Array<[string, string]>): Promise<number> =>
  page.evaluate(async (pairs) => {
    const body = new FormData()
    for (const [name, value] of pairs) body.append(name, value)
    return (await fetch('/account', { method: 'POST', body })).status
  }, fields)

const nameOf = async (person: Owner): Promise<string | null> =>
  (await person.call<{ name: string | null }>('GET', '/api/v1/tenant/account')).name

async function shown(page: Page, path: string): Promise<{ status: number | undefined; heading: string; text: string }> {
  const response = await page.goto(path)
  const heading = page.getByRole('heading', { level: 1 })
  await heading.waitFor()
  return { status: response?.status(), heading: await heading.innerText(), text: await page.getByRole('main').innerText() }
}
