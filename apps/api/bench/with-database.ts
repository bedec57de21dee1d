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
  // A connection that is still closing when the database is dropped says so; without a listener that ends the bench.
  pool.on('error', () => {})
  try {
    return await measure(pool, url.href)
  } finally {
    await pool.end()
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await admin.end()
  }
}
