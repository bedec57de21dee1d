import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { newAccount, onPage } from '../harness/app.ts'
import type { Stage } from '../harness/use-demo.ts'

export function keyboardJourneys(stage: () => Stage): void {
  // Hundreds of key presses, each looked at: a busy machine needs its time for them.
  test('everything that matters is done without a pointer, and the focus is always seen', { timeout: 180_000 }, async () => {
    const { visitor } = stage()
    const { page } = visitor
    const account = newAccount()
    await page.goto('/')
    await onPage(page, 'Sign in')

    await page.keyboard.press('Tab')
    expect(await focused(page), 'the first stop').toMatch(/skip/i)
    await page.keyboard.press('Enter')
    // The browser moves the focus with its next frame.
    const isInMain = () => page.evaluate(() => document.activeElement?.closest('main') != null)
    await expect.poll(isInMain, { message: 'the skip link leads into main' }).toBe(true)

    await walkTo(page, page.getByRole('tab', { name: 'Sign in' }))
    await page.keyboard.press('ArrowRight')
    await onPage(page, 'Create an account')
    // Both panels are there for a moment.
    const form = page.getByRole('tabpanel', { name: 'Create an account' })
    await walkTo(page, form.getByRole('textbox', { name: 'E-mail' }))
    await page.keyboard.type(account.email)
    await walkTo(page, form.getByRole('textbox', { name: 'Password', exact: true }))
    await page.keyboard.type(account.password)
    await page.keyboard.press('Enter')
    await onPage(page, 'Devices')

    await walkTo(page, page.getByRole('button', { name: 'Add device' }).first())
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Add device' })
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await expect.poll(() => focused(page), { message: 'focus comes back to what opened the dialog' }).toBe('Add device')
    await page.keyboard.press('Enter')
    await walkTo(page, dialog.getByRole('textbox', { name: 'Device name' }))
    await page.keyboard.type('Keyboard')
    await page.keyboard.press('Enter')
    await onPage(page, 'Keyboard')

    await walkTo(page, page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Connect' }).first())
    await page.keyboard.press('Enter')
    await onPage(page, 'Connect')
    await walkTo(page, ready(page, 'Connect'))
    await page.keyboard.press('Enter')
    await walkTo(page, ready(page, 'Disconnect'))
    await page.keyboard.press('Space')
    await ready(page, 'Connect').waitFor()
    expect(visitor.faults).toEqual([])
  })
}

/** The button when it takes a press: while it waits for the API, it is there and does nothing. */
const ready = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true, disabled: false })

/** Press Tab until it has the focus; whatever is passed on the way must show that it has it. */
async function walkTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  const passed: string[] = []
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
    passed.push(await focused(page))
    if (!(await showsFocus(page))) expect.fail(`nothing shows that "${passed.at(-1)}" has the focus`)
  }
  expect.fail(`Tab never reaches it; it stops at: ${passed.join(', ')}`)
}

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => (document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim().slice(0, 40))

/** An outline, a ring or another border than without the focus; the page itself needs none. */
const showsFocus = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement) || element === document.body) return true
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
  })
