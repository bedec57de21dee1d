import process from 'node:process'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Lab } from './lab.ts'
import { startLab } from './lab.ts'

/** Left out only when asked by name: a machine that cannot run these tests fails them, and says what it lacks. */
export const isSkipped = process.env['CVAULT_SKIP_REAL'] === '1'

/** One lab for a file's tests; a test that fails prints what the lab looked like. */
export function useLab(env: Record<string, string>, prepare: (lab: Lab) => Promise<void>): () => Lab {
  let lab: Lab | undefined
  const current = () => {
    if (!lab) throw new Error('the lab did not start')
    return lab
  }
  beforeAll(async () => {
    lab = await startLab(env)
    await prepare(lab)
  }, 60_000)
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async ({ task }) => console.error(`── ${task.name}\n${await current().describe()}`))
  })
  afterAll(async () => {
    await lab?.stop()
  }, 60_000)
  return current
}
