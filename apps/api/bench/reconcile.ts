import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Figure } from './figures.ts'
import type { BenchLab } from './lab.ts'
import { medianOf } from './load.ts'
import { readMetric } from './read-metric.ts'

const rounds = 5
const differences = 100

/** A full look at a real server: everything desired and everything on the interface read, compared and repaired. */
export async function* reconcile(lab: BenchLab, peers: number): AsyncGenerator<Figure> {
  const database = new Client({ connectionString: lab.databaseUrl })
  await database.connect()
  const look = async (): Promise<number> => {
    const before = await looks(lab)
    await database.query("SELECT pg_notify('cvault_lane', id || ' look') FROM servers")
    for (;;) {
      const now = await looks(lab)
      if (now.count > before.count) return (now.seconds - before.seconds) / (now.count - before.count)
      await sleep(50)
    }
  }
  try {
    const idle: number[] = []
    for (let round = 0; round < rounds; round += 1) idle.push(await look())
    yield figure('B9', medianOf(idle), 1, 0.3, `median of ${rounds} looks at ${peers} peers with nothing to do`)

    const repairs: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const all = await lab.server.peers()
      const gone = all.slice(0, differences).flatMap(({ publicKey }) => ['peer', publicKey, 'remove'])
      await lab.server.exec(['wg', 'set', lab.server.interfaceName, ...gone])
      repairs.push(await look())
      if ((await lab.server.peers()).length !== all.length) throw new Error('A look did not repair the server.')
    }
    yield figure('B9b', medianOf(repairs), 2, 0.5, `the same with ${differences} peers removed by hand`)
  } finally {
    await database.end()
  }
}

const looks = async (lab: BenchLab) => ({
  count: await readMetric(lab, 'cvault_lane_round_duration_seconds_count{kind="look"}'),
  seconds: await readMetric(lab, 'cvault_lane_round_duration_seconds_sum{kind="look"}'),
})

const figure = (id: string, value: number, bar: number, aim: number, detail: string): Figure => ({
  id,
  value,
  unit: 's',
  direction: 'at-most',
  bar,
  aim,
  detail,
})
