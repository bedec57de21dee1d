import { readFile } from 'node:fs/promises'
import type { AnalyticsBandwidth } from '@cvault/schema/analytics'
import type { DashboardStats } from '@cvault/schema/dashboard'
import type { TenantDeviceList } from '@cvault/schema/tenant-devices'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { makeDevice, useTunnel } from '../harness/app-users.ts'
import { enter, newPerson, onPage, signIn } from '../harness/members.ts'
import { runSample } from '../harness/run-sample.ts'
import { createCaller } from '@cvault/api/test/e2e/harness/http-caller.ts'
import type { Stage } from '../harness/use-portal.ts'
import { until } from '../harness/until.ts'

export function integrationJourneys(stage: () => Stage): void {
  test('from the sign-up over the real mail and the page’s own code sample to a connected device on the dashboard', async (context) => {
    const running = stage()
    const { page, faults } = await running.open(context)
    const person = newPerson()
    await page.goto('/signup')
    await page.getByRole('textbox', { name: 'Business name' }).fill('Journey Ltd')
    await page.getByRole('textbox', { name: 'Work e-mail' }).fill(person.email)
    await page.getByRole('textbox', { name: 'Password', exact: true }).fill(person.password)
    await page.getByRole('button', { name: 'Create account' }).click()
    await onPage(page, 'Your account is ready')
    await page.getByText(/^cvk_/).waitFor()
    await page.getByText(/^cvs_/).waitFor()

    const firstLink = await running.mailbox.link(person.email, 'verify')
    await page.goto('/dashboard')
    await page.getByText(/your account takes 3 users with 2 devices each/).waitFor()
    await page.getByRole('button', { name: 'Send it again' }).click()
    await page.getByText('a new link is on its way').waitFor()
    await until(async () => expect(await running.mailbox.link(person.email, 'verify')).not.toBe(firstLink))
    await page.goto(await running.mailbox.link(person.email, 'verify'))
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.waitForURL((url) => url.pathname !== '/verify')
    if (new URL(page.url()).pathname === '/login') await signIn(page, person)
    await page.goto('/onboarding')
    await onPage(page, 'Get started')
    await expect(page.getByRole('button', { name: 'Send it again' }).count()).resolves.toBe(0)
    const steps = page.getByRole('status').filter({ hasText: 'steps done' })
    await until(async () => expect(await steps.innerText()).toBe('2 of 6 steps done'))

    const sample = page.getByRole('region', { name: 'quick-start.mjs' })
    expect(await runSample(await sample.innerText(), 'quick-start.mjs')).toMatch(/^10\.\d+\.\d+\.\d+ on a server in /)
    await page.getByText('All done: your first device has connected.').waitFor()

    const api = await ownCalls(running, person)
    const { devices } = await api.call<TenantDeviceList>('GET', '/api/v1/tenant/devices')
    expect(devices).toHaveLength(1)
    await useTunnel(running, devices[0]?.publicKey ?? '', 3_000_000, 12_000_000)
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Dashboard' }).click()
    await onPage(page, 'Dashboard')
    await until(async () => expect(await figure(page, 'Bandwidth')).toBe('15 MB'))
    expect([await figure(page, 'Active users'), await figure(page, 'Devices online')]).toEqual(['1', '1'])
    expect(faults).toEqual([])
  })

  test('a key that is replaced works on beside the new one, and a revoked one is refused', async (context) => {
    const running = stage()
    const [person, { page, faults }] = await Promise.all([running.owner(), running.open(context)])
    const client = createCaller(running.api.url, { 'x-api-key': person.apiKey })
    await client.call('POST', '/api/v1/auth/register', newPerson())
    await enter(page, person, '/api-keys')
    await page.getByRole('button', { name: 'Replace First key' }).click()
    await page.getByRole('dialog').getByText('It has no end.').waitFor()
    const answers: number[] = []
    const isReplaced = page.getByRole('alertdialog', { name: 'Store this secret now' })
    const using = (async () => {
      while (!(await isReplaced.isVisible())) answers.push((await client.ask('POST', '/api/v1/auth/register', newPerson())).status)
    })()
    await page.getByRole('dialog').getByRole('button', { name: 'Make the new pair' }).click()
    const newKey = await isReplaced.getByText(/^cvk_/).innerText()
    await using
    expect(new Set(answers), 'the client that goes on with the old key').toEqual(new Set([201]))
    expect((await isReplaced.getByText(/^cvs_/).innerText()).length).toBeGreaterThan(40)
    await isReplaced.getByRole('button', { name: 'I have stored it' }).click()
    expect(newKey).not.toBe(person.apiKey)
    for (const apiKey of [person.apiKey, newKey])
      await createCaller(running.api.url, { 'x-api-key': apiKey }).call('POST', '/api/v1/auth/register', newPerson())

    const old = page.getByRole('article').filter({ hasText: person.apiKey })
    await old.getByRole('button', { name: /^Revoke/ }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke key' }).click()
    await until(async () => expect((await client.ask('POST', '/api/v1/auth/register', newPerson())).status).toBe(401))
    await createCaller(running.api.url, { 'x-api-key': newKey }).call('POST', '/api/v1/auth/register', newPerson())
    expect(faults).toEqual([])
  })

  test('the exported file adds up to what the API and the page say', async (context) => {
    const running = stage()
    const [person, { page, faults }] = await Promise.all([running.owner(), running.open(context)])
    const { device } = await makeDevice(running, person)
    await useTunnel(running, device.publicKey, 1_234_567, 7_654_321)
    const stats = () => person.call<DashboardStats>('GET', '/api/v1/tenant/dashboard/stats')
    await until(async () => expect((await stats()).txBytes).toBe(7_654_321))

    await enter(page, person, '/analytics')
    await onPage(page, 'Analytics')
    await page.getByText('8.9 MB').first().waitFor()
    for (const name of ['All as CSV', 'By region as CSV', 'By server as CSV']) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()])
      expect(download.suggestedFilename()).toMatch(/^usage-.*\.csv$/)
      expect(sumsOf(await readFile(await download.path(), 'utf8')), name).toMatchObject({
        'upload bytes': 1_234_567,
        'download bytes': 7_654_321,
      })
    }
    const from = new Date(Date.now() - 86_400_000).toISOString()
    const to = new Date(Date.now() + 86_400_000).toISOString()
    const { total } = await person.call<AnalyticsBandwidth>('GET', `/api/v1/tenant/analytics/bandwidth?from=${from}&to=${to}`)
    expect(total).toMatchObject({ rxBytes: 1_234_567, txBytes: 7_654_321 })
    expect(faults).toEqual([])
  })
}

/** What a card of the dashboard says. The page is loaded anew: its figures are of when it was. */
async function figure(page: Page, name: string): Promise<string> {
  await page.reload()
  const card = page.locator('dl > div').filter({ has: page.locator('dt', { hasText: name }) })
  return card.locator('dd > span').first().innerText()
}

async function ownCalls({ api }: Stage, person: { email: string; password: string }) {
  const { accessToken } = await createCaller(api.url, {}).call<{ accessToken: string }>('POST', '/api/v1/tenant/auth/login', person)
  return createCaller(api.url, { authorization: `Bearer ${accessToken}` })
}

/** Each numeric column of a CSV file, summed. */
function sumsOf(csv: string): Record<string, number> {
  const [header = [], ...rows] = csv
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  return Object.fromEntries(header.map((name, column) => [name.trim(), rows.reduce((sum, row) => sum + Number(row[column]), 0)]))
}
