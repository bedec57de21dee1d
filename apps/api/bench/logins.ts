import { randomBytes } from 'node:crypto'
import type { Figure } from './figures.ts'
import type { BenchLab } from './lab.ts'
import { post } from './lab.ts'
import { readMetric } from './read-metric.ts'

/** How long others wait for the event loop while 50 logins queue for their hashes. */
export async function loginQueue(lab: BenchLab): Promise<Figure> {
  const users = Array.from({ length: 50 }, () => ({
    email: `${randomBytes(6).toString('hex')}@example.test`,
    password: randomBytes(12).toString('hex'),
  }))
  for (const user of users) await post(`${lab.apiUrl}/api/v1/auth/register`, lab.tenantKeys, user)
  // Reading the delay begins to measure it anew.
  await readMetric(lab, 'cvault_nodejs_eventloop_lag_p99_seconds')
  const statuses = await Promise.all(users.map((user) => login(lab, user)))
  const p99Ms = (await readMetric(lab, 'cvault_nodejs_eventloop_lag_p99_seconds')) * 1_000
  const done = statuses.filter((status) => status === 200).length
  const shed = statuses.filter((status) => status === 503 || status === 429).length
  if (done === 0 || done + shed !== users.length) throw new Error(`Logins were answered ${statuses.join(' ')}.`)
  return {
    id: 'B7',
    value: p99Ms,
    unit: 'ms',
    direction: 'at-most',
    bar: 50,
    aim: 20,
    detail: `p99 of the event loop's delay; ${done} of 50 logins answered, ${shed} told to come again`,
  }
}

async function login(lab: BenchLab, user: { email: string; password: string }): Promise<number> {
  const response = await fetch(`${lab.apiUrl}/api/v1/auth/login`, {
    method: 'POST',
    headers: { ...lab.tenantKeys, 'content-type': 'application/json' },
    body: JSON.stringify(user),
  })
  await response.body?.cancel()
  return response.status
}
