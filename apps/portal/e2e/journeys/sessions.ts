import { expect, test } from 'vitest'
import { enter, onPage, signIn } from '../harness/members.ts'
import type { Stage } from '../harness/use-portal.ts'
import { until } from '../harness/until.ts'

export function sessionJourneys(stage: () => Stage): void {
  test('a session that is ended elsewhere is signed out, and signing in leads back', async (context) => {
    const { open, owner } = stage()
    const [person, here, there] = await Promise.all([owner(), open(context), open(context)])
    await enter(there.page, person, '/members')
    await enter(here.page, person, '/account')
    await here.page.getByRole('button', { name: 'End all others' }).click()
    const question = here.page.getByRole('alertdialog', { name: 'End all other sessions?' })
    await question.getByRole('button', { name: 'Cancel' }).click()
    await question.waitFor({ state: 'detached' })
    expect((await there.page.goto('/members'))?.url(), 'nobody said yes').toContain('/members')
    await here.page.getByRole('button', { name: 'End all others' }).click()
    await question.getByRole('button', { name: 'End sessions' }).click()
    await here.page
      .getByText(/^(One session|\d+ sessions) ended$/)
      .first()
      .waitFor()
    await here.page.getByRole('button', { name: 'End all others' }).waitFor({ state: 'detached' })
    await until(async () => expect(await here.page.evaluate(() => document.activeElement?.id)).toBe('sessions'))

    await until(async () => expect((await there.page.goto('/members'))?.url()).toContain('/login'))
    await there.page.getByText('Your session has ended.').waitFor()
    await signIn(there.page, person)
    await there.page.waitForURL((url) => url.pathname === '/members')
    await here.page.reload()
    await onPage(here.page, 'Your account')
    expect([...here.faults, ...there.faults]).toEqual([])
  })

  test('the session is a cookie for this host and its server alone; the browser gets no token', async (context) => {
    const { open, owner } = stage()
    const [person, visitor] = await Promise.all([owner(), open(context)])
    const { page } = visitor
    const bodies: string[] = []
    page.on('response', async (response) => bodies.push(await response.text().catch(() => '')))
    await enter(page, person, '/account')
    const cookies = await visitor.context.cookies()
    const session = cookies.find(({ name }) => name === '__Host-cvault')
    expect(session).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/', domain: '127.0.0.1' })
    expect(session?.value.split('.'), 'sealed: a JWE').toHaveLength(5)

    await page.reload()
    const kept = await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie]))
    for (const text of [...bodies, kept]) expect(text).not.toMatch(/cvm_[A-Za-z0-9]{8}|eyJhbGciOiJIUzI1NiI/)
    expect(visitor.calls, 'the API is asked by the portal, never by the page').toEqual([])

    await page.getByRole('button', { name: 'Sign out' }).click()
    await onPage(page, 'Sign in')
    expect((await visitor.context.cookies()).map(({ name }) => name)).not.toContain('__Host-cvault')
    await visitor.context.addCookies(cookies)
    await page.goto('/account')
    await onPage(page, 'Sign in')
    expect(visitor.faults).toEqual([])
  })
}
