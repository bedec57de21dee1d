import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Backend } from './backend.ts'
import { startBackend } from './backend.ts'
import type { Visitor } from './browser.ts'
import { newVisitor, startBrowser } from './browser.ts'

/** What a journey with simulated servers has in hand. `visitor` is a new one for every test. */
export type Stage = { backend: Backend; visitor: Visitor }

/** One API and one browser for a file's tests; a test that fails prints what the page said. */
export function useDemo(): () => Stage {
  let [backend, browser, visitor]: [Backend?, Browser?, Visitor?] = []
  const current = (): Stage => {
    if (!backend || !visitor) throw new Error('the demo did not start')
    return { backend, visitor }
  }
  beforeAll(async () => {
    ;[backend, browser] = await Promise.all([startBackend(), startBrowser()])
  })
  beforeEach(async ({ task }) => {
    if (!backend || !browser) throw new Error('the demo did not start')
    if (!backend.api.isRunning()) await backend.api.start()
    const fresh = await newVisitor(browser, backend.demo.url)
    visitor = fresh
    return async () => {
      if (task.result?.state === 'fail') console.error(`── ${task.name}\n${await fresh.describe()}`)
      await fresh.context.close()
    }
  })
  afterAll(async () => {
    await browser?.close()
    await backend?.stop()
  })
  return current
}
