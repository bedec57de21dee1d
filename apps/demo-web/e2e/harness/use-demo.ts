import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Backend } from './backend.ts'
import { startBackend } from './backend.ts'
import type { Visitor } from '@cvault/ui/test/browser'
import { newVisitor, startBrowser } from '@cvault/ui/test/browser'

/** What a journey with simulated servers has in hand. `visitor` is a new one for every test. */
export type Stage = {
  backend: Backend
  visitor: Visitor
  /** A further visitor, with a browser of their own. */
  open(options: BrowserContextOptions): Promise<Visitor>
}

/** One API and one browser for a file's tests; a test that fails prints what the page said. */
export function useDemo(): () => Stage {
  let [backend, browser, visitor]: [Backend?, Browser?, Visitor?] = []
  let visitors: Visitor[] = []
  const open = async (options?: BrowserContextOptions): Promise<Visitor> => {
    if (!backend || !browser) throw new Error('the demo did not start')
    const fresh = await newVisitor(browser, backend.demo.url, options)
    visitors.push(fresh)
    return fresh
  }
  const current = (): Stage => {
    if (!backend || !visitor) throw new Error('the demo did not start')
    return { backend, visitor, open }
  }
  beforeAll(async () => {
    ;[backend, browser] = await Promise.all([startBackend(), startBrowser()])
  })
  beforeEach(async ({ task }) => {
    if (backend && !backend.api.isRunning()) await backend.api.start()
    visitors = []
    visitor = await open()
    return async () => {
      for (const { context, describe } of visitors) {
        if (task.result?.state === 'fail') console.error(`── ${task.name}\n${await describe()}`)
        await context.close()
      }
    }
  })
  afterAll(async () => {
    await browser?.close()
    await backend?.stop()
  })
  return current
}
