import { createCaller } from '@cvault/api/test/e2e/harness/http-caller.ts'
import type { MemberTokens, TotpStarted } from '@cvault/schema/member-auth'
import { generateSync } from 'otplib'
import { expect, test } from 'vitest'
import { enter, newPerson, onPage, signIn, tokenIn } from '../harness/members.ts'
import type { Stage } from '../harness/use-portal.ts'
import { until } from '../harness/until.ts'

export function memberJourneys(stage: () => Stage): void {
  test('a viewer who was invited joins by the mailed link, sees, and can touch nothing', async (context) => {
    const { open, owner, mailbox } = stage()
    const [person, boss, viewer] = await Promise.all([owner(), open(context), open(context)])
    const invited = newPerson()
    await enter(boss.page, person, '/members')
    await boss.page.getByRole('textbox', { name: 'E-mail' }).fill(invited.email)
    await boss.page.getByRole('combobox', { name: 'Role' }).selectOption('viewer')
    await boss.page.getByRole('button', { name: 'Invite', exact: true }).click()
    await boss.page.getByRole('table', { name: 'Invitations' }).getByText(invited.email).waitFor()

    const { page } = viewer
    await page.goto(await mailbox.link(invited.email, 'invite'))
    await onPage(page, `Join ${person.businessName}`)
    await page.getByRole('textbox', { name: 'Choose a password' }).fill(invited.password)
    await page.getByRole('button', { name: 'Join' }).click()
    await onPage(page, 'Dashboard')

    const navigation = page.getByRole('navigation', { name: 'Main' })
    await navigation.getByRole('link', { name: 'Users' }).click()
    await onPage(page, 'Users')
    await page.goto('/members')
    await onPage(page, 'Members')
    await page.getByRole('table', { name: 'Members' }).getByText(person.email).waitFor()
    for (const name of [/^Invite/, /^Remove/, /^Role of/])
      await expect(page.getByRole('button', { name }).or(page.getByRole('combobox', { name })).count(), String(name)).resolves.toBe(0)
    await page.goto('/api-keys')
    await expect(page.getByRole('button', { name: /create|new|replace|revoke/i }).count()).resolves.toBe(0)
    expect([...boss.faults, ...viewer.faults]).toEqual([])
  })

  test('a colleague who lost their second step gets in again by their password, once an owner turned it off', async (context) => {
    const running = stage()
    const [person, boss, other] = await Promise.all([running.owner(), running.open(context), running.open(context)])
    const colleague = newPerson()
    await person.call('POST', '/api/v1/tenant/invitations', { email: colleague.email, role: 'member' })
    const token = tokenIn(await running.mailbox.link(colleague.email, 'invite'))
    const anyone = createCaller(running.api.url, {})
    const joined = await anyone.call<MemberTokens>('POST', '/api/v1/tenant/auth/invitations/accept', {
      token,
      password: colleague.password,
    })
    const they = createCaller(running.api.url, { authorization: `Bearer ${joined.accessToken}` })
    const { secret } = await they.call<TotpStarted>('POST', '/api/v1/tenant/account/totp', { password: colleague.password })
    await they.call('POST', '/api/v1/tenant/account/totp/confirm', { code: generateSync({ secret }) })

    await enter(boss.page, person, '/members')
    await boss.page.getByRole('button', { name: `Turn off second step ${colleague.email}` }).click()
    const question = boss.page.getByRole('alertdialog')
    await question.getByText(/signed out everywhere/).waitFor()
    await question.getByRole('button', { name: 'Turn off second step' }).click()
    await boss.page.getByText('Second step turned off').waitFor()
    await boss.page.getByRole('button', { name: /^Turn off second step/ }).waitFor({ state: 'detached' })

    await enter(other.page, colleague)
    await onPage(other.page, 'Your account')
    expect([...boss.faults, ...other.faults]).toEqual([])
  })

  test('a colleague who is disabled is signed out and kept out until somebody enables them', async (context) => {
    const { open, owner, mailbox } = stage()
    const [person, boss, other] = await Promise.all([owner(), open(context), open(context)])
    const colleague = newPerson()
    await person.call('POST', '/api/v1/tenant/invitations', { email: colleague.email, role: 'member' })
    await other.page.goto(await mailbox.link(colleague.email, 'invite'))
    await other.page.getByRole('textbox', { name: 'Choose a password' }).fill(colleague.password)
    await other.page.getByRole('button', { name: 'Join' }).click()
    await onPage(other.page, 'Dashboard')

    await enter(boss.page, person, '/members')
    await expect(boss.page.getByRole('button', { name: `Disable ${person.email}` }).count(), 'nobody disables themselves').resolves.toBe(0)
    await boss.page.getByRole('button', { name: `Disable ${colleague.email}` }).click()
    await boss.page.getByRole('alertdialog').getByRole('button', { name: 'Disable member' }).click()
    await boss.page.getByRole('table', { name: 'Members' }).getByText('Disabled').waitFor()
    await until(async () => expect((await other.page.goto('/users?q=a+b'))?.url()).toContain('/login'))

    await boss.page.getByRole('button', { name: `Enable ${colleague.email}` }).click()
    await boss.page.getByRole('alertdialog').getByRole('button', { name: 'Enable member' }).click()
    await boss.page.getByRole('button', { name: `Disable ${colleague.email}` }).waitFor()
    await signIn(other.page, colleague)
    await other.page.waitForURL((url) => `${url.pathname}${url.search}` === '/users?q=a+b')
    expect([...boss.faults, ...other.faults]).toEqual([])
  })

  test('what a page offered is refused once the role that offered it is gone', async (context) => {
    const { open, owner, mailbox } = stage()
    const [person, { page }] = await Promise.all([owner(), open(context)])
    const invited = newPerson()
    await person.call('POST', '/api/v1/tenant/invitations', { email: invited.email, role: 'admin' })
    await page.goto(await mailbox.link(invited.email, 'invite'))
    await page.getByRole('textbox', { name: 'Choose a password' }).fill(invited.password)
    await page.getByRole('button', { name: 'Join' }).click()
    await onPage(page, 'Dashboard')
    await page.goto('/members')
    const [stranger, { members }] = [
      newPerson(),
      await person.call<{ members: Array<{ id: string; email: string }> }>('GET', '/api/v1/tenant/members'),
    ]
    const member = members.find(({ email }) => email === invited.email)
    await person.call('PATCH', `/api/v1/tenant/members/${member?.id}`, { role: 'viewer' })

    await page.getByRole('textbox', { name: 'E-mail' }).fill(stranger.email)
    await page.getByRole('button', { name: 'Invite', exact: true }).click()
    await page.getByRole('alert').filter({ hasText: /role/ }).waitFor()
    const { invitations } = await person.call<{ invitations: unknown[] }>('GET', '/api/v1/tenant/invitations')
    expect(invitations).toEqual([])
  })
}
