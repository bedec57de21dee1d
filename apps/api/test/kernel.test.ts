import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from './build-test-app.ts'
import { buildTestApp } from './build-test-app.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

test('an unknown route answers with a problem document', async () => {
  const response = await api.app.inject({ method: 'GET', url: '/nothing/here' })
  expect(response.statusCode).toBe(404)
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(response.json()).toMatchObject({ code: 'NOT_FOUND', status: 404, requestId: expect.any(String) })
})

test('the database refuses to change the audit log', async () => {
  await api.deps.pool.query(
    `INSERT INTO audit_log (id, actor_type, action, result) VALUES (gen_random_uuid(), 'system', 'test', 'success')`,
  )
  await expect(api.deps.pool.query('UPDATE audit_log SET action = $1', ['x'])).rejects.toThrow(/append-only/)
  await expect(api.deps.pool.query('DELETE FROM audit_log')).rejects.toThrow(/append-only/)
  await expect(api.deps.pool.query('TRUNCATE audit_log')).rejects.toThrow(/append-only/)
})
