import { execFile } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Figure } from './figures.ts'
import { fillDevices } from './fill-devices.ts'
import type { BenchLab } from './lab.ts'
import { readMetric } from './read-metric.ts'

const buildScript = path.resolve(import.meta.dirname, '../../../scripts/build-api.ts')
/** As docs/operating.md has it for machines with little memory. */
const program = ['--max-semi-space-size=8', 'dist/server.js']

/** What a new process of the API holds with this many devices in the database, a while after it began. */
export async function memoryWhenMany(lab: BenchLab, note: (text: string) => void): Promise<Figure> {
  note('B10: a hundred thousand devices, a new process, 30 s')
  const users = await lab.newUsers(100)
  await fillDevices(lab, { users, devicesEach: 1_000 })
  // The bundle, as operators run it: from its sources it also holds what makes JavaScript of them.
  await promisify(execFile)(process.execPath, [buildScript])
  await lab.restartApi(program)
  await sleep(30_000)
  return {
    id: 'B10',
    value: (await readMetric(lab, 'cvault_process_resident_memory_bytes')) / 2 ** 20,
    unit: 'MiB',
    direction: 'at-most',
    bar: 250,
    aim: 150,
    detail: `resident memory of the API, idle, which also looks after one server: node ${program.join(' ')}`,
  }
}
