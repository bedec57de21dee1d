import process from 'node:process'
import { defineConfig } from 'prisma/config'

// The CLI would download a native schema engine it does not need to generate or validate; any executable satisfies it.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } })
