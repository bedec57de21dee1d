import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultProxy } from '@cvault/wg/testing/real/fault-proxy'
import { startFaultProxy } from '@cvault/wg/testing/real/fault-proxy'
import { startRedis } from '../redis-server.ts'
import type { ApiProcess } from './harness/api-process.ts'
import { startCrashingPostgres } from './harness/crashing-postgres.ts'
import type { Lab } from './harness/lab.ts'
import { startLab } from './harness/lab.ts'
import { createCaller } from './harness/http-caller.ts'
import { isSkipped } from './harness/test-lab.ts'
import { openTunnel } from './harness/tunnels.ts'
import type { Loss, Watched } from './torture/billing.ts'
import { expectBilled, readCounters, watchTraffic } from './torture/billing.ts'
import type { Bystanders } from './torture/bystander-faults.ts'
import { bystanderFaults } from './torture/bystander-faults.ts'
import { watchMachine } from './torture/busy-machine.ts'
import { expectActivityWhole, expectMailsSent } from './torture/deliveries.ts'
import { createHistory, uuidPattern } from './torture/history.ts'
import {
  expectMeteringVerified,
  expectNothingOfOthers,
  expectPromisesKept,
  expectServersWhole,
  expectStatesKept,
} from './torture/invariants.ts'
import { startMailServer } from './torture/mail-server.ts'
import { createNemesis } from './torture/nemesis.ts'
import { createOperations } from './torture/operations.ts'
import type { ControlPlane } from './torture/process-faults.ts'
import { processFaults } from './torture/process-faults.ts'
import { createRandom } from './torture/random.ts'
import { serverFaults } from './torture/server-faults.ts'
import { castShadow, expectWrittenDown } from './torture/shadow.ts'
import type { KnownTenant } from './torture/tenants.ts'
import { openTenant } from './torture/tenants.ts'

/**
 * Tenants, users and an operator do what they do while everything under them breaks; afterwards all that was promised holds.
 * A short run is part of the suite. `pnpm torture` makes a long one: TORTURE_SECONDS (300) and TORTURE_SEED say how long and which.
 */
const seconds = Number(process.env['TORTURE_SECONDS'] ?? 22)
const seed = Number(process.env['TORTURE_SEED'] ?? (seconds > 60 ? Date.now() % 1_000_000 : 5))
/** What is wrong after the last fault must be right by itself within this time. */
const healMs = 120_000
const clients = 8
/** Without these a run has shown nothing: it goes on until it has them. */
const floors = {
  create: 25,
  remove: 5,
  rotate: 5,
  move: 5,
  list: 5,
  suspend: 1,
  'cut off': 1,
  disable: 1,
  'add key': 1,
  'revoke key': 1,
  refresh: 2,
}
const fewestFaults = 12
/** Nobody here comes near a limit, so whoever meets one was counted wrongly. */
const noLimits = Object.fromEntries(
  ['AUTH_FAILURES_PER_MINUTE', 'PUBLIC_REQUESTS_PER_MINUTE', 'MEMBER_REQUESTS_PER_MINUTE'].map((name) => [name, '1000000']),
)

describe.skipIf(isSkipped)(`tenants and faults at random, ${seconds} s, TORTURE_SEED=${seed}`, () => {
  let plane: ControlPlane
  let lab: Lab
  let everybody: ApiProcess[] = []
  const bystanders = {} as Bystanders
  const lines: FaultProxy[] = []
  const random = createRandom(seed)
  let watched: Watched[] = []

  beforeAll(async () => {
    Object.assign(bystanders, { redis: { server: await startRedis() }, mail: await startMailServer() } satisfies Bystanders)
    const postgres = await startCrashingPostgres()
    const { redis, mail } = bystanders
    lab = await startLab(
      { ROLES: 'web', REDIS_URL: redis.server.url, SMTP_URL: mail.url, LOG_LEVEL: 'warn', ...noLimits },
      postgres.database,
    )
    await castShadow(lab)
    const lineTo = async (to: URL): Promise<FaultProxy> => {
      const line = await startFaultProxy({ targetHost: to.hostname, targetPort: Number(to.port) })
      lines.push(line)
      return line
    }
    const web = async (api: ApiProcess) => {
      const line = await lineTo(new URL(api.url))
      return { ...api, url: `http://${line.host}:${line.port}`, line }
    }
    const worker = async (name: string, database: string): Promise<ApiProcess> => {
      const added = await lab.addProcess(name)
      return { ...added, start: () => added.start({ ROLES: 'worker', DATABASE_URL: database }) }
    }
    const database = new URL(lab.env['DATABASE_URL'] ?? '')
    const workersLine = await lineTo(database)
    const aside = Object.assign(new URL(database), { host: `${workersLine.host}:${workersLine.port}` })
    const webs = [await web(lab.api), await web(await lab.addProcess('another API'))]
    const workers = [await worker('a worker', database.href), await worker('another worker', aside.href)]
    everybody = [...webs, ...workers]
    plane = { lab, webs, workers, workersLine, postgres, random }
    for (const started of everybody.slice(1)) await started.start()
    for (const region of ['us-east', 'eu-west', 'ap-south']) await lab.addServer(region)
    const bystander = await (await lab.signUp()).user()
    watched = await watchTraffic(lab, lab.servers.slice(0, 2), (server) => openTunnel(lab, bystander, server))
  }, 480_000) // four processes start, on a machine that may be busy
  afterAll(async () => {
    await lab?.stop()
    for (const line of lines) await line.stop()
    await bystanders.mail?.stop()
    bystanders.redis?.server.child.kill('SIGKILL')
  })

  test(
    'whatever happened, everything promised holds once it is over',
    async ({ onTestFailed }) => {
      const history = createHistory()
      onTestFailed(async () => {
        const ids = history.problems().flatMap((problem) => problem.match(uuidPattern) ?? [])
        const said = lab.api
          .log()
          .split('\n')
          .filter((line) => line.includes('"level":"error"') && ids.some((id) => line.includes(id)))
        console.error([history.summary(), history.timeline(), ...said, await lab.describe()].join('\n'))
      })
      const tenants: KnownTenant[] = []
      for (let place = 0; place < 5; place++) tenants.push(await openTenant(lab, place))
      const losses: Loss[] = []
      const all = [processFaults(plane), serverFaults(lab, random, losses), bystanderFaults(bystanders, random)]
      const act = createOperations(
        lab,
        plane.webs.map(({ url }) => url),
        tenants,
        history,
        random,
      )

      const endMs = Date.now() + seconds * 1_000
      const isShort = () =>
        Object.entries(floors).some(([operation, fewest]) => history.count(operation, 'ok') < fewest) ||
        all.flat().reduce((sum, { name }) => sum + history.faultsOf(name), 0) < fewestFaults
      let isOver = false
      const everyone = Array.from({ length: clients }, async () => {
        for (; !isOver; await sleep(50 + random.int(250))) await act()
      })
      const traffic = watched.map(async ({ tunnel: { client } }) => {
        while (!isOver) await client.echo(lab.network.httpAddress, 100, 100)
      })
      const trouble = all.map(async (faults) => {
        const nemesis = createNemesis(faults, history, random)
        while (!isOver) await nemesis.strike()
      })
      const clock = (async () => {
        while (Date.now() < endMs || isShort()) await sleep(200)
      })().finally(() => (isOver = true))
      const watches = [watchMachine(history, () => isOver), readCounters(watched, () => isOver)]
      await Promise.all([...everyone, ...traffic, ...trouble, ...watches, clock])
      console.log(`TORTURE_SEED=${seed}\n${history.summary()}`)

      expect.soft(history.problems(), 'what must not have happened').toEqual([])
      expect(history.unknownShare(), 'most calls are answered').toBeLessThan(0.5)
      expect(everybody.filter((each) => !each.isRunning()).length, 'processes that ended by themselves').toBe(0)
      for (const { url } of plane.webs)
        await expect
          .poll(() => fetch(`${url}/readyz`).then(({ status }) => status), { timeout: healMs, message: `${url} is ready` })
          .toBe(200)
      await expectStatesKept(lab, tenants)
      for (const { id } of tenants) await lab.operator.call('PATCH', `/admin/tenants/${id}`, { status: 'active', bandwidthLimitGb: null })
      for (const { owner, users } of tenants) {
        const asOwner = createCaller(lab.api.url, { authorization: `Bearer ${owner.accessToken}` })
        for (const { id } of users) await asOwner.call('PATCH', `/api/v1/tenant/users/${id}`, { status: 'active' })
      }
      await expectPromisesKept(lab, tenants, healMs)
      await expectServersWhole(lab, healMs)
      await expectBilled(lab, watched, losses)
      await expectMeteringVerified(lab)
      await expectMailsSent(lab, bystanders.mail, healMs)
      await expectWrittenDown(lab)
      await expectActivityWhole(lab, tenants)
      await expectNothingOfOthers(lab, tenants, history)
      if (seconds >= 120)
        expect(
          all.flat().filter(({ name }) => history.faultsOf(name) === 0),
          'faults that never happened',
        ).toEqual([])
    },
    seconds * 1_000 + healMs + 300_000,
  )
})
