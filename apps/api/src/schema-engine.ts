import process from 'node:process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { Pool } from 'pg'

type SchemaEngine = Awaited<ReturnType<typeof bindings.SchemaEngine.new>>

// The engine reports a panic through this global before it throws an error without a message.
Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => process.stderr.write(`${message}\n`) } })

let loaded: Promise<void> | undefined

/** Prisma's own schema engine as WebAssembly: no native binary has to be downloaded to migrate. */
export async function openSchemaEngine(pool: Pool): Promise<SchemaEngine> {
  await (loaded ??= load()) // once a process: the bindings cache views of one instance's memory
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool))
  const datamodel = 'datasource db {\n  provider = "postgresql"\n}\n'
  return bindings.SchemaEngine.new({ datamodels: [['schema.prisma', datamodel]] }, () => {}, adapter)
}

async function load(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')
  const bytes = await readFile(entry.replace(/schema_engine\.js$/, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes), { './schema_engine_bg.js': { ...bindings } })
  bindings.__wbg_set_wasm(instance.exports)
  const start = instance.exports['__wbindgen_start']
  if (typeof start === 'function') start()
}
