import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Pool } from 'pg'
import type { ApiProcess } from '../../test/e2e/harness/api-process.ts'
import { createApiProcess } from '../../test/e2e/harness/api-process.ts'

export type Replicas = { web: ApiProcess; workers: [ApiProcess, ApiProcess]; stop(): Promise<void> }

/** One API and two workers, as processes that are not started yet. */
export async function createReplicas(env: Record<string, string>, folder: string): Promise<Replicas> {
  const create = (name: string, roles: string) => createApiProcess(name, { ...env, ROLES: roles }, path.join(folder, `${name}.log`))
  const web = await create('web', 'web')
  const workers: Replicas['workers'] = [await create('worker-1', 'worker'), await create('worker-2', 'worker')]
  return { web, workers, stop: async () => void (await Promise.all([web, ...workers].map((replica) => replica.stop()))) }
}

/** Seconds of CPU the process has used, and what it holds now. */
export async function costOf(pid: number): Promise<{ cpuSeconds: number; memoryMib: number }> {
  const [stat, status] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/status`, 'utf8')])
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const memoryKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, memoryMib: memoryKib / 1_024 }
}

/** All of a PostgreSQL server's processes, those that ended included; memory that they share is counted once, roughly. */
export async function databaseCost(pool: Pool): Promise<{ cpuSeconds: number; memoryMib: number }> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const fieldsOf = async (pid: number | string) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  }
  const postmaster = (await fieldsOf(rows[0]?.pid ?? 0))[1] ?? ''
  const ended = await fieldsOf(postmaster)
  const children = (await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')).trim().split(' ')
  const costs = await Promise.all(children.map((pid) => shareOf(Number(pid)).catch(() => ({ cpuSeconds: 0, memoryMib: 0 }))))
  return {
    cpuSeconds: costs.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, (Number(ended[13]) + Number(ended[14])) / 100),
    memoryMib: costs.reduce((sum, { memoryMib }) => sum + memoryMib, 0),
  }
}

async function shareOf(pid: number): Promise<{ cpuSeconds: number; memoryMib: number }> {
  const rollUp = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return { ...(await costOf(pid)), memoryMib: Number(/^Pss:\s+(\d+) kB$/m.exec(rollUp)?.[1] ?? 0) / 1_024 }
}

/** Sum of all series of a metric that begin so, in the process's own words. */
export async function metricOf(replica: ApiProcess, operator: { authorization: string }, series: string): Promise<number> {
  const response = await fetch(`${replica.url}/metrics`, { headers: operator })
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith(series))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
