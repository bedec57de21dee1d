import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { Pool } from 'pg'
import { openSchemaEngine } from './schema-engine.ts'

export const migrationsDir = path.resolve(import.meta.dirname, '../prisma/migrations')

/** Apply every migration the database does not have yet, as `prisma migrate deploy` would. Returns the names applied. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const pool = new Pool({ connectionString: databaseUrl })
  try {
    const engine = await openSchemaEngine(pool)
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: await readMigrations(),
      filters: { externalTables: [], externalEnums: [] },
    })
    return appliedMigrationNames
  } finally {
    await pool.end() // the engine's advisory lock goes with its connection
  }
}

/** Names of the migrations the database does not have yet. Changes nothing. */
export async function missingMigrations(databaseUrl: string): Promise<string[]> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 })
  try {
    const { rows } = await pool.query<{ name: string | null }>("SELECT to_regclass('_prisma_migrations')::text AS name")
    if (rows[0]?.name == null) return await migrationNames()
    const applied = await pool.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    )
    const known = new Set(applied.rows.map((row) => row.migration_name))
    return (await migrationNames()).filter((name) => !known.has(name))
  } finally {
    await pool.end()
  }
}

async function migrationNames(): Promise<string[]> {
  const entries = await readdir(migrationsDir, { withFileTypes: true })
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort()
}

export async function readMigrations() {
  const names = await migrationNames()
  return {
    baseDir: migrationsDir,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(path.join(migrationsDir, name, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  }
}
