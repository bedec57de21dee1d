import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newEmail } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp()
  calls = memberCalls(api)
})
afterAll(() => api.close())

test.each([
  ['password', "password_hash = 'another'"],
  ['second factor', 'totp_enabled_at = now()'],
  ['standing', "status = 'disabled'"],
])('a login that proved what it had to before the %s changed is too late', async (_what, change) => {
  const email = newEmail()
  const { member } = await calls.owner(email)
  const { rows: before } = await api.deps.pool.query('SELECT id FROM member_sessions WHERE member_id = $1', [member.id])
  const changing = await api.deps.pool.connect()
  await changing.query('BEGIN')
  await changing.query(`UPDATE members SET ${change} WHERE id = $1`, [member.id])
  const login = calls.login(email).then((answer) => answer) // sent now, not when it is awaited
  // It has read the old row and found the password right; now it waits for the one that changes it.
  await vi.waitFor(
    async () => {
      const { rows } = await api.deps.pool.query(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      )
      expect(rows).toHaveLength(1)
    },
    { timeout: 10_000 },
  )
  await changing.query('COMMIT')
  changing.release()
  expect((await login).statusCode).toBe(401)
  const { rows: after } = await api.deps.pool.query('SELECT id FROM member_sessions WHERE member_id = $1', [member.id])
  expect(after).toEqual(before)
})

test('asking for other mails to an address does not use up those that reset its password', async () => {
  const email = newEmail()
  await calls.owner(email)
  for (let round = 0; round < 8; round += 1)
    await calls.post('auth/signup', { businessName: 'Evil Ltd', email, password: 'a good long password 77' })
  await calls.post('auth/forgot-password', { email })
  await vi.waitFor(async () => expect((await calls.mails(email)).at(-1)?.template).toBe('reset-password'), { timeout: 10_000 })
})
