import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { DeviceList, DeviceWithConfig } from '@cvault/schema/devices'
import autocannon from 'autocannon'
import type { Figure } from './figures.ts'
import { fillDevices } from './fill-devices.ts'
import type { BenchLab, Headers } from './lab.ts'
import { post } from './lab.ts'

/** One device of a user, against bare Fastify and one prepared query. */
export async function readOne(lab: BenchLab, user: Headers): Promise<Figure> {
  const device = await post<DeviceWithConfig>(`${lab.apiUrl}/api/v1/devices`, user, { deviceName: 'bench' })
  const bare = spawn(process.execPath, [path.join(import.meta.dirname, 'bare-server.ts')], {
    env: { PATH: process.env['PATH'], DATABASE_URL: lab.databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [bareUrl] = (await once(createInterface(bare.stdout), 'line')) as [string]
    const sides: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
    for (let round = 0; round < 4; round += 1) {
      const ours = await read(`${lab.apiUrl}/api/v1/devices/${device.id}`, user)
      const others = await read(`${bareUrl}/devices/${device.id}`, {})
      if (round === 0) continue // the first warms both up
      sides.ours.push(ours)
      sides.bare.push(others)
    }
    const ours = Math.max(...sides.ours)
    const bareBest = Math.max(...sides.bare)
    return {
      id: 'B4',
      value: ours / bareBest,
      unit: 'ratio',
      direction: 'at-least',
      bar: 0.5,
      aim: 0.9,
      detail: `${ours.toFixed(0)}/s against ${bareBest.toFixed(0)}/s`,
    }
  } finally {
    bare.kill()
  }
}

const devicesWanted = Number(process.env['BENCH_DEVICES'] ?? 1_000_000)

/** A page of 50 of a user's 1 000 devices: in a table of those alone, and in one of a million. */
export async function listMany(lab: BenchLab, note: (text: string) => void): Promise<Figure> {
  const url = `${lab.apiUrl}/api/v1/devices?limit=50`
  const owner = await lab.newUser()
  await fillDevices(lab, { users: [owner], devicesEach: 1_000 })
  const few = await readPages(url, owner)
  note(`B5: ${devicesWanted} devices`)
  const others = (await lab.newUsers(devicesWanted / 1_000)).slice(1)
  await fillDevices(lab, { users: others, devicesEach: 1_000 })
  const many = await readPages(url, owner)
  return {
    id: 'B5',
    value: many / few,
    unit: 'ratio',
    direction: 'at-least',
    bar: 0.9,
    aim: 0.97,
    detail: `${many.toFixed(0)}/s at ${devicesWanted} devices against ${few.toFixed(0)}/s at 1 000`,
  }
}

async function readPages(url: string, owner: Headers): Promise<number> {
  const page = (await (await fetch(url, { headers: owner })).json()) as DeviceList
  if (page.devices.length !== 50) throw new Error(`The page has ${page.devices.length} devices instead of 50.`)
  const rounds: number[] = []
  for (let round = 0; round < 4; round += 1) rounds.push(await read(url, owner))
  return Math.max(...rounds.slice(1)) // the first warms up
}

async function read(url: string, headers: Headers): Promise<number> {
  const result = await autocannon({ url, headers, connections: 50, duration: 4 })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`GET ${url}: ${result.non2xx} refused, ${result.errors} failed`)
  return result.requests.average
}
