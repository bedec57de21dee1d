import type { RequestEvent } from '@cvault/sdk-js'
import { expect, it } from 'vitest'
import { createRequestLog } from './request-log.ts'

const call = (path: string): RequestEvent => ({
  method: 'GET',
  path,
  attempt: 1,
  status: 200,
  code: null,
  requestId: null,
  startedAt: 0,
  durationMs: 1,
  retryInMs: null,
})

it('keeps the newest calls first, and no more than it shows', () => {
  const log = createRequestLog()
  for (let index = 0; index < 501; index++) log.add(call(`/${index}`))
  expect(log.entries()).toHaveLength(500)
  expect([log.entries()[0]?.path, log.entries().at(-1)?.path]).toEqual(['/500', '/1'])
})

it('tells its readers, until they leave, and is the same array in between', () => {
  const log = createRequestLog()
  let told = 0
  const leave = log.subscribe(() => told++)
  log.add(call('/a'))
  expect(log.entries()).toBe(log.entries())
  log.clear()
  leave()
  log.add(call('/b'))
  expect(told).toBe(2)
  expect(log.entries().map(({ path, id }) => [path, id])).toEqual([['/b', 2]])
})
