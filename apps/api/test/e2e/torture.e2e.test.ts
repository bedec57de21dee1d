import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RedisServer } from '../redis-server.ts'
import { startRedis } from '../redis-server.ts'
import type { ApiProcess } from './harness/api-process.ts'
import type { Lab } from './harness/lab.ts'
import { startLab } from './harness/lab.ts'
import { isSkipped } from './harness/test-lab.ts'
import type { Tunnel } from './harness/tunnels.ts'
import { openTunnel } from './harness/tunnels.ts'
import type { History } from './torture/history.ts'
import { createHistory } from './torture/history.ts'
import { expectMeteringRight, expectPromisesKept, expectWrittenDown } from './torture/invariants.ts'
import { createNemesis } from './torture/nemesis.ts'
import { createPopulation } from './torture/population.ts'
import { createRandom } from './torture/random.ts'

/** `pnpm torture` only, so far. */
const seconds = Number(process.env['TORTURE_SECONDS'] ?? 0)
const seed = Number(process.env['TORTURE_SEED'] ?? Date.now() % 1_000_000)
/** What is wrong after the last fault must be right by itself within this time. */
const healMs = 90_000
const clients = 6

describe.skipIf(isSkipped || seconds === 0)(`tenants and faults at random, ${seconds} s, TORTURE_SEED=${seed}`, () => {
  let lab: Lab
  const workers: ApiProcess[] = []
  const redis = {} as { server: RedisServer }
  const tunnels: Tunnel[] = []
  let history: History

  beforeAll(async () => {
    redis.server = await startRedis()
    lab = await startLab({ ROLES: 'web', REDIS_URL: redis.server.url, LOG_LEVEL: 'warn' })
    for (const name of ['a worker', 'another worker']) {
      const worker = await lab.addProcess(name)
      await worker.start({ ROLES: 'worker' })
      workers.push(worker)
    }
    for (const region of ['us-east', 'eu-west', 'ap-south']) await lab.addServer(region)
    const bystander = await (await lab.signUp()).user()
    for (const server of lab.servers.slice(0, 2)) tunnels.push(await openTunnel(lab, bystander, server))
    history = createHistory()
  })
  afterAll(async () => {
    await lab?.stop()
    redis.server?.child.kill('SIGKILL')
  })

  test(
    'whatever happened, everything promised holds once it is over',
    async () => {
      const random = createRandom(seed)
      const population = await createPopulation(lab, history, random, 5)
      const nemesis = createNemesis({ lab, workers, redis, history, random })
      const endMs = Date.now() + seconds * 1_000
      const isOver = () => Date.now() >= endMs
      const everyone = Array.from({ length: clients }, async () => {
        while (!isOver()) await population.act()
      })
      const traffic = tunnels.map(async ({ client }) => {
        while (!isOver()) await client.echo(lab.network.httpAddress, 100, 100)
      })
      const trouble = (async () => {
        while (!isOver()) {
          await nemesis.strike()
          await sleep(random.int(1_500))
        }
      })()
      await Promise.all([...everyone, ...traffic, trouble])
      console.log(`seed ${seed}: ${history.summary()}`)

      for (const worker of workers) if (!worker.isRunning()) await worker.start({ ROLES: 'worker' })
      await population.release()
      await expectPromisesKept(lab, population, healMs)
      await expectMeteringRight(lab, tunnels, nemesis.restarted)
      await expectWrittenDown(lab)
      expect(history.problems()).toEqual([])
    },
    seconds * 1_000 + healMs + 240_000,
  )
})
