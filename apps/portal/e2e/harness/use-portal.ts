import type { Visitor } from '@cvault/ui/test/browser'
import { newVisitor, startBrowser } from '@cvault/ui/test/browser'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import type { TestContext } from 'vitest'
import { afterAll, beforeAll } from 'vitest'
import type { Owner } from './members.ts'
import { makeOwner } from './members.ts'
import type { Stack } from './stack.ts'
import { startStack } from './stack.ts'

/** What a journey has in hand. Journeys run side by side: each brings its own tenant and browser profile. */
export type Stage = Stack & {
  /** A person with a browser that was never here. What it shows is printed when the test fails. */
  open(test: TestContext, options?: BrowserContextOptions): Promise<Visitor>
  /** A business of its own, active, and its verified owner. */
  owner(): Promise<Owner>
}

/** One of everything for a file's tests. */
export function usePortal(): () => Stage {
  let [stack, browser]: [Stack?, Browser?] = []
  beforeAll(async () => {
    ;[stack, browser] = await Promise.all([startStack(), startBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await stack?.stop()
  })
  return () => {
    if (!stack || !browser) throw new Error('the portal did not start')
    const [running, chromium] = [stack, browser]
    const open: Stage['open'] = async (test, options) => {
      const visitor = await newVisitor(chromium, running.portalUrl, { reducedMotion: 'reduce', ...options })
      test.onTestFinished(async () => {
        if (test.task.result?.state === 'fail')
          console.error(
            `── ${test.task.name}\n${await visitor.describe()}\n${visitor.faults.join('\n')}\nThe portal’s log ends with:\n${(await running.portalLog()).slice(-2_000)}`,
          )
        await visitor.context.close()
      })
      return visitor
    }
    return { ...running, open, owner: () => makeOwner(running) }
  }
}
