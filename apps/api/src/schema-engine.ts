import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'

// The engine reports a panic through this global before it throws an error without a message.
Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => console.error(message) } })

type SchemaEngine = Awaited<ReturnType<typeof bindings.SchemaEngine.new>>

/** Prisma's own schema engine as WebAssembly: no native binary has to be downloaded to migrate. */
export async function openSchemaEngine(databaseUrl: string): Promise<SchemaEngine> {
  const require = createRequire(import.meta.url)
  const wasmPath = require.resolve('@prisma/schema-engine-wasm').replace(/schema_engine\.js$/, 'schema_engine_bg.wasm')
  const module = await WebAssembly.compile(new Uint8Array(await readFile(wasmPath)))
  const instance = await WebAssembly.instantiate(module, { './schema_engine_bg.js': bindings } as never)
  bindings.__wbg_set_wasm(instance.exports)
  const start = instance.exports['__wbindgen_start']
  if (typeof start === 'function') start()
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl }))
  return bindings.SchemaEngine.new({ datamodels: [['schema.prisma', 'datasource db {\n  provider = "postgresql"\n}\n']] }, () => {}, adapter)
}
