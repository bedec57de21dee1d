import type { Health } from '@cvault/schema/health'
import { expect, test } from 'vitest'
import { partsOf } from './service-state.ts'

const up = { status: 'up', latencyMs: 1 } as const
const health = (status: Health['status'], change: Partial<Health['components']> = {}): Health => ({
  status,
  timestamp: '2026-11-21T10:00:00.000Z',
  components: { database: up, redis: up, servers: up, worker: up, ...change },
})
const words = (answer: unknown) => partsOf(answer).map(({ part, word }) => `${part}: ${word}`)

test('what the API says of itself is told by part', () => {
  expect(words(health('healthy'))).toEqual(['API: Up', 'VPN servers: Up', 'Updates of servers: Up'])
  expect(words(health('degraded', { servers: { ...up, status: 'degraded' } }))).toContain('VPN servers: Partly')
  expect(words(health('degraded', { worker: { ...up, status: 'down' } }))).toContain('Updates of servers: Down')
  expect(words(health('unhealthy', { database: { ...up, status: 'down' } }))).toContain('API: Down')
})

test('no answer, or one of something else, is no good news', () => {
  for (const answer of [null, undefined, 'ok', {}, { status: 'healthy' }, '<html>']) {
    expect(words(answer)).toEqual(['API: Down', 'VPN servers: Unknown'])
  }
})

test('what the API calls its parts inside stays inside', () => {
  const answer = health('degraded', { servers: { status: 'degraded', latencyMs: null, message: '3 of 9 active servers unreachable' } })
  expect(JSON.stringify(partsOf(answer))).not.toMatch(/3 of 9|database|redis/i)
})
