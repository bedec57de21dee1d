import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Pool } from 'pg'
import { migrate } from '../src/migrate.ts'
import type { BenchLab } from './lab.ts'

/** A migrated database of its own on the lab's PostgreSQL, and connections to it, for as long as something is measured. */
export async function withDatabase<T>(
  lab: Pick<BenchLab, 'databaseUrl'>,
  name: string,
  measure: (pool: Pool, url: string) => Promise<T>,
): Promise<T> {
  const admin = new Client({ connectionString: lab.databaseUrl })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name}`)
  const url = new URL(lab.databaseUrl)
  url.pathname = `/${name}`
  await migrate(url.href)
  const pool = new Pool({ connectionString: url.href, max: 50 })
  try {
    return await measure(pool, url.href)
  } finally {
    await pool.end()
    // Connections close in their own time, and one that is cut off meanwhile would end the bench.
    const isUsed = async () => (await admin.query('SELECT FROM pg_stat_activity WHERE datname = $1', [name])).rowCount !== 0
    for (let tries = 0; tries < 100 && (await isUsed()); tries++) await sleep(50)
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await admin.end()
  }
}
