// node prisma/make-migration.ts <name>: writes the SQL between the committed schema.prisma and the one in the work tree.
// Needs DATABASE_URL of any PostgreSQL (nothing is changed there). Read the SQL before you commit it.
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { Pool } from 'pg'
import { migrationsDir } from '../src/migrate.ts'
import { openSchemaEngine } from '../src/schema-engine.ts'

const name = process.argv[2]
const databaseUrl = process.env['DATABASE_URL']
if (!name || !/^[a-z0-9_]+$/.test(name) || !databaseUrl) {
  console.error('Usage: DATABASE_URL=<any PostgreSQL> node prisma/make-migration.ts <snake_case_name>')
  process.exit(2)
}

const datamodel = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] })
const next = await readFile(path.resolve(import.meta.dirname, 'schema.prisma'), 'utf8')
const engine = await openSchemaEngine(new Pool({ connectionString: databaseUrl }))
const { stdout } = await engine.diff({
  from: committedSchema(),
  to: datamodel(next),
  script: true,
  exitCode: null,
  shadowDatabaseUrl: null,
  filters: { externalTables: [], externalEnums: [] },
})
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
const dir = path.join(migrationsDir, `${stamp}_${name}`)
await mkdir(dir, { recursive: true })
await writeFile(path.join(dir, 'migration.sql'), stdout ?? '')
console.log(path.join(dir, 'migration.sql'))
process.exit(0)

function committedSchema() {
  try {
    return datamodel(execFileSync('git', ['show', 'HEAD:./schema.prisma'], { cwd: import.meta.dirname, encoding: 'utf8' }))
  } catch {
    return { tag: 'empty' as const } // the first migration
  }
}
