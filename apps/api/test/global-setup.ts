import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../../scripts/postgres.ts'
import { migrate } from '../src/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A server on which tests may create databases, and the migrated one they copy. */
    postgresUrl: string
    templateDatabase: string
  }
}

/** One PostgreSQL for the run (DATABASE_URL's, where set), one migrated template that each test file copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const templateDatabase = `cvault_template_${randomBytes(6).toString('hex')}`
  const outside = process.env['DATABASE_URL']
  const dataDir = await mkdtemp(path.join(tmpdir(), 'cvault-test-pg-'))
  const embedded = outside ? undefined : await startPostgres({ dataDir, durable: false, maxConnections: 300 })
  const postgresUrl = outside ?? embedded?.url ?? ''

  await runSql(postgresUrl, `CREATE DATABASE ${templateDatabase}`)
  const template = new URL(postgresUrl)
  template.pathname = `/${templateDatabase}`
  await migrate(template.href)
  project.provide('postgresUrl', postgresUrl)
  project.provide('templateDatabase', templateDatabase)

  return async () => {
    await runSql(postgresUrl, `DROP DATABASE IF EXISTS ${templateDatabase} WITH (FORCE)`)
    await embedded?.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
