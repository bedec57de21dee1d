import { randomBytes } from 'node:crypto'
import type { Caller } from '@cvault/api/test/e2e/harness/http-caller.ts'
import { createCaller } from '@cvault/api/test/e2e/harness/http-caller.ts'
import type { SignedUp } from '@cvault/schema/member-auth'
import type { Page } from 'playwright-core'
import type { Stack } from './stack.ts'

export type Person = { email: string; password: string }

/** An owner as journeys need one whose subject is not the sign-up: made through the API. */
export type Owner = Person & {
  tenantId: string
  businessName: string
  apiKey: string
  apiSecret: string
  /** The tenant's API in the owner's name, past the portal: what the portal shows is compared with it. */
  call: Caller['call']
  ask: Caller['ask']
}

export const newPerson = (): Person => ({
  email: `person-${randomBytes(6).toString('hex')}@example.test`,
  password: `Pw-${randomBytes(12).toString('base64url')}`,
})

export async function makeOwner({ api, operator, mailbox }: Stack): Promise<Owner> {
  const person = newPerson()
  const businessName = `Business ${randomBytes(4).toString('hex')}`
  const anyone = createCaller(api.url, {})
  const { member, apiKey, apiSecret, accessToken } = await anyone.call<SignedUp>('POST', '/api/v1/tenant/auth/signup', {
    businessName,
    ...person,
  })
  await anyone.call('POST', '/api/v1/tenant/auth/verify-email', { token: tokenIn(await mailbox.link(person.email, 'verify')) })
  await operator.call('PATCH', `/admin/tenants/${member.tenant.id}`, { status: 'active', rateLimitPerMinute: 100_000 })
  const { call, ask } = createCaller(api.url, { authorization: `Bearer ${accessToken}` })
  return { ...person, tenantId: member.tenant.id, businessName, apiKey, apiSecret, call, ask }
}

export const tokenIn = (link: string): string => new URL(link).searchParams.get('token') ?? ''

/** Wait until the page with this first heading is there. */
export const onPage = (page: Page, heading: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name: heading }).waitFor()

/** From the sign-in page to wherever it leads. */
export async function signIn(page: Page, { email, password }: Person): Promise<void> {
  await onPage(page, 'Sign in')
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email)
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Signed in, and on the page of that path. */
export async function enter(page: Page, person: Person, path = '/account'): Promise<void> {
  await page.goto(`/login?next=${encodeURIComponent(path)}`)
  await signIn(page, person)
  await page.waitForURL((url) => url.pathname === new URL(path, url).pathname)
}
