// pnpm --filter @cvault/api scale --help
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { startPostgres } from '../../../scripts/postgres.ts'
import { migrate } from '../src/migrate.ts'
import type { ScaleOptions } from './scale/options.ts'
import { parseScaleOptions, scaleHelp } from './scale/options.ts'
import { simulateScale } from './scale/simulate.ts'

const note = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`)

/** Ends the process where there is nothing to simulate. */
function wantedScale(): ScaleOptions {
  try {
    const options = parseScaleOptions(process.argv.slice(2))
    if (options) return options
    process.stdout.write(scaleHelp)
    process.exit(0)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error('What there is: pnpm --filter @cvault/api scale --help')
    process.exit(2)
  }
}

async function main(): Promise<void> {
  const options = wantedScale()
  const folder = await mkdtemp(path.join(tmpdir(), 'cvault-scale-pg-'))
  const postgres = await startPostgres({ dataDir: folder, durable: true, maxConnections: 200 })
  try {
    await migrate(postgres.url)
    note(
      `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}, PostgreSQL 18 with its defaults, all on this machine`,
    )
    const { faults } = await simulateScale(options, { databaseUrl: postgres.url, logPath: path.join(folder, 'postgres.log'), note })
    process.exitCode = faults.length > 0 ? 1 : 0
  } finally {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

try {
  await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
process.exit() // the migration engine leaves a timer of 10 s behind
