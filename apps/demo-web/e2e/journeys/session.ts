import { createCaller } from '@cvault/api/test/e2e/harness/http-caller.ts'
import { expect, test } from 'vitest'
import { addDevice, createAccount, goTo, onPage, signIn } from '../harness/app.ts'
import { demoConfigOf } from '../harness/backend.ts'
import { expiredTwinOf, sessionIn } from '../harness/tokens.ts'
import type { Stage } from '../harness/use-demo.ts'

export function sessionJourneys(stage: () => Stage): void {
  test('a host that says nothing: a wrong address, a secret and a wrong key are explained, the right key goes on', async () => {
    const { backend, visitor } = stage()
    const { page, calls } = visitor
    await backend.demo.configure(null)
    await page.goto('/')
    await onPage(page, 'Configure')
    const [url, key] = [page.getByRole('textbox', { name: 'API base URL' }), page.getByRole('textbox', { name: 'API key' })]
    const check = () => page.getByRole('button', { name: 'Check and save' }).click()

    await url.fill(backend.api.url)
    await key.fill(backend.tenant.apiSecret)
    await check()
    await expect.poll(() => key.getAttribute('aria-invalid')).toBe('true')
    await page
      .getByText(/API secret/)
      .first()
      .waitFor()
    expect(calls, 'a secret is not even tried').toEqual([])

    await key.fill(`${backend.tenant.apiKey.slice(0, -4)}AAAA`)
    await check()
    await page
      .getByText(/does not know this|not know this API key|mistyped/)
      .first()
      .waitFor()
    expect(await key.getAttribute('aria-invalid')).toBe('true')

    await key.fill(backend.tenant.apiKey)
    await url.fill('http://127.0.0.1:9')
    await check()
    await expect.poll(() => url.getAttribute('aria-invalid'), { timeout: 15_000 }).toBe('true')
    await page.getByText(/CORS/).first().waitFor()

    await url.fill(backend.api.url)
    await check()
    await onPage(page, 'Sign in')
    await page.reload()
    await onPage(page, 'Sign in')
    expect(visitor.faults).toEqual([])
    await backend.demo.configure(demoConfigOf(backend.api.url, backend.tenant, { simulated: true }))
  })

  test('a deployment that names the API lands on the sign-in page without typing, and its demo account signs in', async () => {
    const { backend, visitor } = stage()
    const { page } = visitor
    const user = await backend.tenant.user()
    const config = demoConfigOf(backend.api.url, backend.tenant, { simulated: true })
    await backend.demo.configure({ ...config, user: { email: user.email, password: user.password } })
    await page.goto('/')
    await onPage(page, 'Sign in')
    await page
      .getByText(/no packet/i)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Use the demo account' }).click()
    await onPage(page, 'Devices')
    await backend.demo.configure(config)
    expect(visitor.faults).toEqual([])
  })

  test('an access token that ends in mid-flight is nothing the visitor notices', async () => {
    const { backend, visitor } = stage()
    const { page, calls } = visitor
    const codes: string[] = []
    // Read on the way: what a page was answered may be gone from the browser by the time it is asked for it.
    await page.route('**/api/v1/devices*', async (route) => {
      const response = await route.fetch()
      if (response.status() === 401) codes.push(((await response.json()) as { code: string }).code)
      await route.fulfill({ response })
    })
    await page.route('**/api/v1/auth/register', async (route) => {
      const response = await route.fetch()
      const tokens = (await response.json()) as { accessToken: string }
      await route.fulfill({ response, json: { ...tokens, accessToken: expiredTwinOf(tokens.accessToken, backend.jwtSecret) } })
    })
    await page.goto('/')
    await createAccount(page)
    await addDevice(page, { name: 'Unhurried' })
    expect(new Set(codes), 'what the API said').toEqual(new Set(['TOKEN_EXPIRED']))
    expect(
      calls.filter(({ path }) => path.endsWith('/auth/refresh')),
      'renewed once, however many calls met it',
    ).toHaveLength(1)
    expect(await page.getByRole('alert').filter({ hasText: /./ }).count()).toBe(0)
  })

  test('a session that was ended elsewhere leads to signing in, and back to the page', async () => {
    const { backend, visitor } = stage()
    const { page } = visitor
    await page.goto('/')
    const account = await createAccount(page)
    await goTo(page, 'Usage')
    const { accessToken } = await sessionIn(page)
    await createCaller(backend.api.url, { 'x-api-key': backend.tenant.apiKey, authorization: `Bearer ${accessToken}` }).call(
      'POST',
      '/api/v1/auth/logout',
    )
    await page.reload()
    await signIn(page, account)
    await onPage(page, 'Usage')
    expect(new URL(page.url()).pathname).toBe('/usage')
    expect(visitor.faults).toEqual([])
  })

  test('a wrong password is said, a right one goes on; signing out leaves nothing behind', async () => {
    const { page } = stage().visitor
    const { email, password } = await stage().backend.tenant.user()
    await page.goto('/')
    await signIn(page, { email, password: 'not the password' })
    await page
      .getByRole('alert')
      .filter({ hasText: /do not match/ })
      .waitFor()
    await signIn(page, { email, password })
    await onPage(page, 'Devices')
    await page
      .getByRole('button', { name: /sign out/i })
      .first()
      .click()
    await onPage(page, 'Sign in')
    const kept = await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]))
    expect(kept).not.toMatch(/accessToken|refreshToken/)
    expect(kept).not.toContain(password)
  })
}
