import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeServer } from '../../test/factories.ts'
import { reportError, reportLook } from './lane-state.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const looked = { peerCount: 0, onlineCount: 0 }

/** A server whose lane is ours, and a way to let time pass for it. */
async function newLane() {
  const { serverId } = await makeServer(api.deps)
  const { pool } = api.deps
  await pool.query('INSERT INTO server_lanes (server_id, fence) VALUES ($1, 7)', [serverId])
  const lease = { serverId, fence: 7n }
  const pass = (seconds: number) =>
    pool.query(
      `UPDATE server_lanes SET last_seen_at = CASE WHEN last_seen_at IS NOT NULL THEN now() - make_interval(secs => $2) END,
         last_error_at = CASE WHEN last_error_at IS NOT NULL THEN now() - make_interval(secs => $2) END WHERE server_id = $1`,
      [serverId, seconds],
    )
  const measured = async () => {
    // Both sides of a midnight are one stretch; what the test itself takes is less than the minutes told apart here.
    const { rows } = await pool.query<{ up: number; down: number }>(
      'SELECT coalesce(sum(up_seconds), 0) AS up, coalesce(sum(down_seconds), 0) AS down FROM server_days WHERE server_id = $1',
      [serverId],
    )
    const minutes = (seconds = 0) => Math.floor(seconds / 60)
    return { up: minutes(rows[0]?.up), down: minutes(rows[0]?.down) }
  }
  const answer = () => reportLook(pool, lease, looked)
  const fail = (isReachable = false) => reportError(pool, lease, 'unreachable', isReachable)
  return { serverId, lease, pass, answer, fail, measured }
}

test('an outage counts for as long as it lasted, though it is looked at less often than what works', async () => {
  const { pass, answer, fail, measured } = await newLane()
  await answer()
  for (let look = 0; look < 20; look += 1) {
    await pass(30)
    await answer()
  }
  for (let look = 0; look < 10; look += 1) {
    await pass(60)
    await fail()
  }
  // As much of each; of the looks, two thirds were good.
  expect(await measured()).toEqual({ up: 10, down: 10 })
  await answer()
  expect(await measured()).toEqual({ up: 10, down: 10 })
})

test('what nobody watched is neither up nor down, and a lane without its lease counts nothing', async () => {
  const { lease, pass, answer, fail, measured } = await newLane()
  await answer()
  await pass(86_400)
  await answer()
  expect((await measured()).up).toBe(2)
  await pass(86_400)
  await fail()
  expect(await measured()).toEqual({ up: 2, down: 2 })
  await pass(60)
  await reportLook(api.deps.pool, { ...lease, fence: 6n }, looked)
  await reportError(api.deps.pool, { ...lease, fence: 6n }, 'unreachable', false)
  expect(await measured()).toEqual({ up: 2, down: 2 })
})

test('one break of a connection that worked is no outage', async () => {
  const { pass, answer, fail, measured } = await newLane()
  await answer()
  await pass(20)
  await fail(true)
  await answer()
  expect((await measured()).down).toBe(0)
})
