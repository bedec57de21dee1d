import { expect, test } from 'vitest'
import { addDevice, createAccount, goTo, onPage, submitDevice } from '../harness/app.ts'
import type { Stage } from '../harness/use-demo.ts'

export function serverJourneys(stage: () => Stage): void {
  test('a region without room is said, and the way to another one works', async () => {
    const { backend, visitor } = stage()
    const { page } = visitor
    await page.goto('/')
    await createAccount(page)
    await page.getByRole('button', { name: 'Add device' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Add device' })
    await dialog.getByRole('textbox', { name: 'Device name' }).fill('Late')
    await dialog.getByRole('combobox', { name: 'Region' }).selectOption('us-east')
    // It fills up while the visitor is still reading.
    await backend.operator.call('PATCH', `/admin/servers/${backend.servers['us-east'].id}`, { status: 'maintenance' })
    await dialog.getByRole('button', { name: 'Register device' }).click()
    await dialog.getByRole('alert').filter({ hasText: 'SERVER_UNAVAILABLE' }).waitFor()
    await dialog
      .getByText(/another (one|region)/)
      .first()
      .waitFor()
    await dialog.getByRole('combobox', { name: 'Region' }).selectOption('eu-west')
    await dialog.getByRole('button', { name: 'Register device' }).click()
    await onPage(page, 'Late')

    await goTo(page, 'Servers')
    await page.getByText('us-east-sim').first().waitFor()
    await page.getByText('eu-west-sim').first().waitFor()
    await backend.operator.call('PATCH', `/admin/servers/${backend.servers['us-east'].id}`, { status: 'active' })
    expect(visitor.faults).toEqual([])
  })

  test('a session follows the server: connected, moving bytes, ended', async () => {
    const { backend, visitor } = stage()
    const { page } = visitor
    await page.goto('/')
    await createAccount(page)
    await addDevice(page, { name: 'Mover', region: 'us-east' })
    await goTo(page, 'Connect')
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
    await page.getByRole('button', { name: 'Disconnect' }).waitFor()
    const { simulated } = backend.servers['us-east']
    const { publicKey } = simulated.peers().at(-1) ?? expect.fail('no peer on the server')
    simulated.handshake(publicKey)
    simulated.transfer(publicKey, 3_000_000, 7_000_000)
    await page
      .getByText(/7(\.\d+)? MB/)
      .first()
      .waitFor({ timeout: 15_000 })
    await page
      .getByText(/3(\.\d+)? MB/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('button', { name: 'Connect', exact: true }).waitFor()
    expect(visitor.faults).toEqual([])
  })

  test('more devices than a page holds are all reached; a removed one is gone', async () => {
    const { backend, visitor } = stage()
    const { page } = visitor
    await backend.operator.call('PATCH', `/admin/tenants/${backend.tenant.tenant.id}`, { maxDevicesPerUser: 200 })
    const user = await backend.tenant.user()
    for (let index = 0; index < 60; index++) await user.device({ deviceName: `fleet ${String(index).padStart(2, '0')}` })
    await page.goto('/')
    await page.getByRole('textbox', { name: 'E-mail' }).fill(user.email)
    await page.getByRole('textbox', { name: 'Password', exact: true }).fill(user.password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await onPage(page, 'Devices')
    await page.getByText('fleet 59').first().waitFor() // the newest, on the first page
    const loadMore = page.getByRole('button', { name: 'Load more' })
    while (await loadMore.isVisible().catch(() => false)) {
      const before = await page.getByText(/^fleet \d\d$/).count()
      await loadMore.click()
      await expect.poll(() => page.getByText(/^fleet \d\d$/).count()).toBeGreaterThan(before)
    }
    await page.getByText('fleet 00').first().waitFor()
    expect(await page.getByText(/^fleet \d\d$/).count()).toBe(60)
    await page.getByRole('button', { name: 'Remove fleet 00' }).click()
    const question = page.getByRole('alertdialog')
    await question.getByRole('button', { name: 'Remove device' }).click()
    await expect.poll(() => page.getByText('fleet 00', { exact: true }).count()).toBe(0)
    expect((await user.call<{ totalCount: number }>('GET', '/api/v1/devices')).totalCount).toBe(59)
  })

  test('an API that dies and comes back: the app says so and goes on by itself', async () => {
    const { backend, visitor } = stage()
    const { page } = visitor
    await page.goto('/')
    await createAccount(page)
    await submitDevice(page, { name: 'Survivor' })
    await onPage(page, 'Survivor')
    await goTo(page, 'Servers')
    await backend.api.kill()
    await page.getByRole('button', { name: 'Refresh' }).click()
    const alarm = page.getByRole('alert').filter({ hasText: 'The API cannot be reached' })
    await alarm.waitFor({ timeout: 20_000 })
    await backend.api.start()
    await alarm.waitFor({ state: 'hidden', timeout: 20_000 })
    await page.getByText('us-east-sim').first().waitFor()
    await goTo(page, 'Devices')
    await page.getByText('Survivor').first().waitFor()
    expect(visitor.faults).toEqual([])
  })
}
