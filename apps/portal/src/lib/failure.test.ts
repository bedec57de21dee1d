import { expect, test } from 'vitest'
import { failureOf, toDigest } from './failure.ts'

const error = { code: 'INTERNAL', status: 500, message: 'words', requestId: 'r-1', retryAfter: null }

test('what the API says to the reader arrives, with the id to ask by', () => {
  const message = 'Your role (viewer) does not allow this (audit:read): it takes the role admin & more, 100 % + “quoted”.'
  expect(failureOf(toDigest({ ...error, code: 'FORBIDDEN', status: 403, message }))).toEqual({
    kind: 'forbidden',
    detail: message,
    requestId: 'r-1',
    retryAfterSeconds: null,
  })
})

test('of a fault of ours only its id arrives', () => {
  for (const status of [500, 503, 0]) {
    const digest = toDigest({ ...error, status, message: 'connect ECONNREFUSED 10.0.0.1:5432' })
    expect(digest).not.toContain('ECONNREFUSED')
    expect(failureOf(digest)).toMatchObject({ detail: null, requestId: 'r-1' })
  }
  expect(failureOf('1234567')).toEqual({ kind: 'broken', detail: null, requestId: '1234567', retryAfterSeconds: null })
  expect(failureOf(undefined).requestId).toBeNull()
})

test('each kind of failure is told apart', () => {
  const kinds: [string, number, string][] = [
    ['FORBIDDEN', 403, 'forbidden'],
    ['TENANT_SUSPENDED', 403, 'forbidden'],
    ['RATE_LIMITED', 429, 'limited'],
    ['NETWORK_ERROR', 0, 'away'],
    ['SERVICE_UNAVAILABLE', 503, 'away'],
    ['INVALID_RESPONSE', 200, 'away'],
    ['CONFLICT', 409, 'refused'],
    ['INTERNAL', 500, 'broken'],
  ]
  for (const [code, status, kind] of kinds) expect(failureOf(toDigest({ ...error, code, status })).kind, code).toBe(kind)
  expect(failureOf(toDigest({ ...error, code: 'RATE_LIMITED', status: 429, retryAfter: 7 })).retryAfterSeconds).toBe(7)
})
