import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'

/** What a person does in the app, by the names they see. */

export type Account = { email: string; password: string }

export const newAccount = (): Account => ({
  email: `visitor-${randomBytes(5).toString('hex')}@example.test`,
  password: `Pw-${randomBytes(12).toString('base64url')}`,
})

/** Wait until the page with this first heading is there. */
export const onPage = (page: Page, heading: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name: heading }).waitFor()

/** From the sign-in page to an account of one's own. */
export async function createAccount(page: Page, account: Account = newAccount()): Promise<Account> {
  await onPage(page, 'Sign in')
  await page.getByRole('tab', { name: 'Create an account' }).click()
  // Both panels are there for a moment.
  const form = page.getByRole('tabpanel', { name: 'Create an account' })
  await form.getByRole('textbox', { name: 'E-mail' }).fill(account.email)
  await form.getByRole('textbox', { name: 'Password', exact: true }).fill(account.password)
  await form.getByRole('button', { name: 'Create account' }).click()
  await onPage(page, 'Devices')
  return account
}

export async function signIn(page: Page, { email, password }: Account): Promise<void> {
  await onPage(page, 'Sign in')
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email)
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

export type NewDevice = { name: string; keys?: 'Made by CVault' | 'Made on this device'; region?: string }

/** Fill the dialog and send it; the caller says what must come of it. */
export async function submitDevice(page: Page, { name, keys, region }: NewDevice): Promise<void> {
  await page.getByRole('button', { name: 'Add device' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Add device' })
  await dialog.getByRole('textbox', { name: 'Device name' }).fill(name)
  if (keys) await dialog.getByText(keys, { exact: true }).click()
  if (region) await dialog.getByRole('combobox', { name: 'Region' }).selectOption({ value: region })
  await dialog.getByRole('button', { name: 'Register device' }).click()
}

/** From the devices page to the new device's page. */
export async function addDevice(page: Page, device: NewDevice): Promise<void> {
  await submitDevice(page, device)
  await onPage(page, device.name)
}

/** The file that "Download .conf" saves. */
export async function downloadConfig(page: Page): Promise<{ fileName: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download .conf' }).click()])
  return { fileName: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') }
}

/** Go where a person would click in the navigation. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).first().click()
  await onPage(page, name)
}
