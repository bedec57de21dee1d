import { generateSync } from 'otplib'
import { expect, test } from 'vitest'
import { enter, newPerson, onPage, signIn } from '../harness/members.ts'
import type { Stage } from '../harness/use-portal.ts'
import { until } from '../harness/until.ts'

export function accountJourneys(stage: () => Stage): void {
  test('a forgotten password is set anew by the mailed link, once, and every session ends', async (context) => {
    const { open, owner, mailbox } = stage()
    const [person, elsewhere, { page, faults }] = await Promise.all([owner(), open(context), open(context)])
    await enter(elsewhere.page, person)

    await page.goto('/login')
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await onPage(page, 'Forgotten password')
    await page.getByRole('textbox', { name: 'E-mail' }).fill(person.email)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.getByRole('status').first().waitFor()
    const link = await mailbox.link(person.email, 'reset')
    const { password } = newPerson()
    await page.goto(link)
    await page.getByRole('textbox', { name: 'New password', exact: true }).fill(password)
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText('Your password is changed.').waitFor()

    await signIn(page, person)
    await page
      .getByRole('alert')
      .filter({ hasText: /do not match|wrong/i })
      .waitFor()
    await signIn(page, { ...person, password })
    await page.waitForURL('**/dashboard')

    await page.goto(link)
    await page.getByRole('textbox', { name: 'New password', exact: true }).fill(newPerson().password)
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByRole('main').getByRole('alert').filter({ hasText: /./ }).waitFor()

    await until(async () => expect((await elsewhere.page.goto('/account'))?.url()).toContain('/login'))
    await elsewhere.page.getByText('Your session has ended.').waitFor()
    expect(faults).toEqual([])
  })

  test('a second step: a code from the authenticator signs in, a wrong one does not, a recovery code does once', async (context) => {
    const { open, owner } = stage()
    const [person, { page, faults }] = await Promise.all([owner(), open(context)])
    await enter(page, person)
    const setUp = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Second step' }) })
    await setUp.getByRole('textbox', { name: 'Your password' }).fill(person.password)
    await setUp.getByRole('button', { name: 'Set up an authenticator' }).click()
    const secret = await setUp.getByText('or type this key').locator('code').innerText()
    const grouped = (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`
    await setUp.getByRole('textbox', { name: 'The code it shows now' }).fill(grouped(generateSync({ secret, epoch: Date.now() / 1_000 })))
    await setUp.getByRole('button', { name: 'Switch the second step on' }).click()
    const shownOnce = page.getByRole('alertdialog', { name: 'Keep these recovery codes' })
    const [recoveryCode = '', otherCode = ''] = (await shownOnce.locator('pre').innerText()).split('\n')
    await page.keyboard.press('Escape')
    await shownOnce.getByRole('button', { name: 'I have stored them' }).click()
    await setUp.getByText('10 recovery codes are left').waitFor()
    const told = setUp.getByRole('status').filter({ hasText: 'The second step is on.' })
    await until(async () => expect(await told.evaluate((element) => element === document.activeElement)).toBe(true))
    await page.getByRole('button', { name: 'Sign out' }).click()

    const code = page.getByRole('textbox', { name: 'Code' })
    const send = (text: string) => code.fill(text).then(() => page.getByRole('button', { name: 'Sign in' }).click())
    await signIn(page, person)
    await onPage(page, 'Second step')
    await send('000000')
    // Not the router's own alert, which names the page.
    await page.getByRole('main').getByRole('alert').filter({ hasText: /./ }).waitFor()
    // The code of the present step opened the set-up, and a code opens once: the next step's is taken too.
    await send(grouped(generateSync({ secret, epoch: Date.now() / 1_000 + 30 })))
    await page.waitForURL('**/dashboard')

    await page.goto('/account')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await signIn(page, person)
    await send(recoveryCode)
    await page.waitForURL('**/dashboard')
    await page.goto('/account')
    await page.getByText('9 recovery codes are left').waitFor()

    await setUp.getByText('Switch it off').first().click()
    await setUp.getByRole('textbox', { name: 'Your password' }).fill(person.password)
    await setUp.getByRole('textbox', { name: 'Code, or a recovery code' }).fill(otherCode)
    await setUp.getByRole('button', { name: 'Switch it off' }).click()
    const off = setUp.getByRole('status').filter({ hasText: 'The second step is off.' })
    await until(async () => expect(await off.evaluate((element) => element === document.activeElement)).toBe(true))
    await setUp.getByRole('button', { name: 'Set up an authenticator' }).waitFor()
    expect(faults).toEqual([])
  })

  test('settings that somebody else saved meanwhile are told of, and what was typed stays', async (context) => {
    const { open, owner } = stage()
    const [person, { page, faults }] = await Promise.all([owner(), open(context)])
    const settings = () => person.call<Record<string, unknown>>('GET', '/api/v1/tenant/settings')
    const field = (name: string) => page.getByRole('textbox', { name, exact: true })
    await enter(page, person, '/settings/profile')
    await field('Contact').fill('Grace')
    await page.getByText('Not saved yet').waitFor()
    const theirs = { contactName: 'Ada', website: 'https://ada.example.test/' }
    await person.call('PATCH', '/api/v1/tenant/settings', theirs)

    const save = page.getByRole('button', { name: 'Save changes' })
    await save.click()
    await page.getByText('Somebody else saved these settings while you changed them.').waitFor()
    await page.getByText('is now “Ada”').waitFor()
    expect([await field('Contact').inputValue(), await settings()]).toMatchObject(['Grace', theirs])

    await save.click()
    await page.getByText('Saved', { exact: true }).first().waitFor()
    // What was not typed here is as the other left it.
    expect(await settings()).toMatchObject({ ...theirs, contactName: 'Grace' })
    expect(faults).toEqual([])
  })
}
