import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import type { TestTenant } from '../../test/factories.ts'
import { makeTenant } from '../../test/factories.ts'
import { emitEvent } from '../events.ts'
import { inTx } from '../context.ts'
import { AppError } from '../errors.ts'
import { newId } from '../ids.ts'
import { operatorCtx, tenantCtx } from './auth.ts'

let api: TestApp
let tenant: TestTenant
let crashInOnSend = false
let runs = 0

const Thing = z.strictObject({ name: z.string().max(50), size: z.number().default(1), tags: z.record(z.string(), z.string()).optional() })
const Made = z.object({ id: z.string(), name: z.string(), note: z.string() })

beforeAll(async () => {
  api = await buildTestApp({}, (app) => {
    const schema = { body: Thing, response: { 201: Made } }
    app.post(
      '/test/things',
      {
        config: { access: 'tenant' },
        schema,
        onSend: async (_request, reply) => {
          if (crashInOnSend && reply.statusCode < 300) throw new Error('the process dies here')
        },
      },
      async (request, reply) => {
        runs += 1
        const { name } = request.body
        const made = await inTx(tenantCtx(request), async (ctx) => {
          const id = newId()
          await emitEvent(ctx, 'thing.created', { id, name })
          if (name === 'refused') throw new AppError('CONFLICT', 'refused')
          if (name === 'broken') throw new Error('broken')
          return { id, name, note: 'recorded in the transaction', secret: 'not in the schema' }
        })
        if (name === 'broken after commit') throw new Error('broken after commit')
        if (name === 'refused after commit') throw new AppError('CONFLICT', 'refused')
        return reply.code(201).send({ ...made, note: 'final' })
      },
    )
    app.post('/test/platform-things', { config: { access: 'operator' }, schema }, async (request, reply) => {
      const made = await inTx(operatorCtx(request), async () => ({ id: newId(), name: request.body.name, note: 'platform' }))
      return reply.code(201).send(made)
    })
    app.post('/test/empty', { config: { access: 'tenant' } }, async (_request, reply) => {
      runs += 1
      return reply.code(204).send()
    })
  })
  tenant = await makeTenant(api.deps)
})
afterAll(() => api.close())

const post = (payload: object, key: string | undefined, headers: Record<string, string> = tenant.headers, url = '/test/things') =>
  api.app.inject({ method: 'POST', url, headers: { ...headers, ...(key === undefined ? {} : { 'idempotency-key': key }) }, payload })

const rowsNamed = async (name: string): Promise<number> =>
  (await api.deps.prisma.event.findMany({ where: { data: { path: ['name'], equals: name } } })).length

test('a retry gets the first answer, marked as a replay', async () => {
  const first = await post({ name: 'once' }, 'key-once')
  const again = await post({ size: 1, name: 'once' }, 'key-once') // the same request: key order and defaults do not count
  expect(first.statusCode).toBe(201)
  expect(first.headers['idempotent-replayed']).toBeUndefined()
  expect(again.statusCode).toBe(201)
  expect(again.headers['idempotent-replayed']).toBe('true')
  expect(again.body).toBe(first.body)
  expect(first.json()).toMatchObject({ note: 'final' })
  expect(await rowsNamed('once')).toBe(1)
})

test('without a key every request is its own', async () => {
  await post({ name: 'unkeyed' }, undefined)
  await post({ name: 'unkeyed' }, undefined)
  expect(await rowsNamed('unkeyed')).toBe(2)
})

test('50 parallel requests make one thing', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => post({ name: 'fifty' }, 'key-fifty')))
  const ids = new Set(answers.filter((answer) => answer.statusCode === 201).map((answer) => answer.json<{ id: string }>().id))
  expect(ids.size).toBe(1)
  for (const answer of answers.filter((answer) => answer.statusCode !== 201)) {
    expect(answer.statusCode).toBe(409)
    expect(answer.json()).toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS', retryAfter: 1 })
    expect(answer.headers['retry-after']).toBe('1')
  }
  expect(await rowsNamed('fifty')).toBe(1)
})

test('the same key with another body is refused, also while the first is under way', async () => {
  await post({ name: 'original' }, 'key-reused')
  const other = await post({ name: 'other' }, 'key-reused')
  expect(other.statusCode).toBe(422)
  expect(other.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
  const nested = await post({ name: 'original', tags: { a: 'b' } }, 'key-reused')
  expect(nested.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
})

test('a key is its tenant’s and its route’s own', async () => {
  const other = await makeTenant(api.deps)
  const mine = await post({ name: 'shared key' }, 'key-shared')
  const theirs = await post({ name: 'shared key' }, 'key-shared', other.headers)
  expect(theirs.statusCode).toBe(201)
  expect(theirs.headers['idempotent-replayed']).toBeUndefined()
  expect(theirs.json<{ id: string }>().id).not.toBe(mine.json<{ id: string }>().id)
  expect((await post({}, 'key-shared', tenant.headers, '/test/empty')).statusCode).toBe(204)
})

test('an operator has keys too', async () => {
  const headers = { authorization: `Bearer ${api.adminToken}` }
  const first = await post({ name: 'platform' }, 'key-platform', headers, '/test/platform-things')
  const again = await post({ name: 'platform' }, 'key-platform', headers, '/test/platform-things')
  expect(again.headers['idempotent-replayed']).toBe('true')
  expect(again.body).toBe(first.body)
})

test('a 204 is replayed as a 204', async () => {
  const before = runs
  await post({}, 'key-empty', tenant.headers, '/test/empty')
  const again = await post({}, 'key-empty', tenant.headers, '/test/empty')
  expect([again.statusCode, again.body, again.headers['idempotent-replayed']]).toEqual([204, '', 'true'])
  expect(runs).toBe(before + 1)
})

test('bad input claims nothing', async () => {
  expect((await post({ name: 5 }, 'key-later')).statusCode).toBe(422)
  expect((await post({ name: 'later' }, 'key-later', { 'x-api-key': 'cvk_wrong' })).statusCode).toBe(401)
  expect((await post({ name: 'later' }, 'key-later')).statusCode).toBe(201)
})

test.each(['', 'x'.repeat(256), 'a\tb', 'schlüssel'])('an unusable key %j is refused', async (key) => {
  const answer = await post({ name: 'unusable' }, key)
  expect(answer.statusCode).toBe(422)
  expect(answer.json()).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path: 'headers.idempotency-key' }] })
})

test.each(['refused', 'broken', 'refused after commit'])('an error releases the key: %s', async (name) => {
  const before = runs
  const key = `key-${name}`
  expect((await post({ name }, key)).statusCode).toBeGreaterThanOrEqual(400)
  const again = await post({ name }, key)
  expect(again.statusCode).toBeGreaterThanOrEqual(400)
  expect(again.json()).not.toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' })
  expect(runs).toBe(before + 2)
})

test('a 5xx after the commit leaves the committed answer for the retry', async () => {
  expect((await post({ name: 'broken after commit' }, 'key-after')).statusCode).toBe(500)
  const again = await post({ name: 'broken after commit' }, 'key-after')
  expect(again.statusCode).toBe(201)
  expect(again.json()).toEqual({ id: expect.any(String), name: 'broken after commit', note: 'recorded in the transaction' })
  expect(await rowsNamed('broken after commit')).toBe(1)
})

test('a crash while the answer is sent leaves it for the retry', async () => {
  crashInOnSend = true
  const first = await post({ name: 'crash' }, 'key-crash')
  crashInOnSend = false
  expect(first.statusCode).toBe(500)
  const again = await post({ name: 'crash' }, 'key-crash')
  expect(again.statusCode).toBe(201)
  expect(again.headers['idempotent-replayed']).toBe('true')
  expect(await rowsNamed('crash')).toBe(1)
})

test('a claim of a process that died can be taken over once its lock ran out, and its late commit fails', async () => {
  await post({ name: 'dead' }, 'key-dead')
  const { rows } = await api.deps.pool.query<{ id: string }>(
    `UPDATE idempotency_keys SET response = NULL, response_status = NULL WHERE created_at = (SELECT max(created_at) FROM idempotency_keys) RETURNING id`,
  )
  expect((await post({ name: 'dead' }, 'key-dead')).json()).toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' })
  await api.deps.pool.query(`UPDATE idempotency_keys SET locked_until = now() - interval '1 second' WHERE id = $1`, [rows[0]?.id])
  expect((await post({ name: 'dead' }, 'key-dead')).statusCode).toBe(201)

  const late = { id: rows[0]?.id ?? '', tenantId: tenant.tenantId, successStatus: 201 }
  const base = {
    deps: api.deps,
    db: api.deps.prisma,
    actor: { type: 'system' as const, id: null },
    requestId: 'r',
    ip: null,
    userAgent: null,
  }
  const ctx = { ...base, log: api.deps.log, now: () => new Date(), idempotency: late }
  await expect(inTx(ctx, async () => ({ late: true }))).rejects.toThrow(/No record was found/)
})

test('a key is free again after a day, not before', async () => {
  const key = randomUUID()
  await post({ name: 'day' }, key)
  await api.deps.pool.query(`UPDATE idempotency_keys SET created_at = now() - interval '23 hours 59 minutes'`)
  expect((await post({ name: 'day' }, key)).headers['idempotent-replayed']).toBe('true')
  await api.deps.pool.query(`UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 minute'`)
  expect((await post({ name: 'day' }, key)).headers['idempotent-replayed']).toBeUndefined()
})

test('what is stored shows nothing of the answer or of the request', async () => {
  await post({ name: 'canary-7c1f' }, 'key-canary')
  const { rows } = await api.deps.pool.query<{ text: string }>(
    `SELECT encode(response, 'escape') || encode(request_hash, 'escape') AS text FROM idempotency_keys WHERE response IS NOT NULL`,
  )
  expect(rows.length).toBeGreaterThan(0)
  for (const { text } of rows) expect(text).not.toContain('canary-7c1f')
})
