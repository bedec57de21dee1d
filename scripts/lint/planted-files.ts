/** Files with violations on purpose: a line ending in `// refused: rule` must be reported by that rule, no other line may be. */
export const plantedFiles: { path: string; code: string }[] = [
  {
    path: 'packages/wg/src/slow.ts',
    code: `export async function slow(): Promise<number> {
  return Promise.resolve(1)
}
`,
  },
  {
    path: 'apps/api/src/floating.ts',
    code: `import { slow } from '@cvault/wg/slow'
import fastify from 'fastify'
import pg from 'pg'
interface PrismaLike<T> extends Promise<T> {
  [Symbol.toStringTag]: 'PrismaPromise'
}
async function local(): Promise<void> {
  await slow()
}
export async function float(db: { device: { update: (id: string) => PrismaLike<number> } }): Promise<void> {
  local() // refused: typescript/no-floating-promises
  slow() // refused: typescript/no-floating-promises
  const client = new pg.Client()
  client.query('SELECT 1') // refused: typescript/no-floating-promises
  const app = fastify()
  app.close() // refused: typescript/no-floating-promises
  db.device.update('x') // refused: typescript/no-floating-promises
  ;[1].forEach(async (n) => Promise.resolve(n)) // refused: typescript/no-misused-promises
  if (local()) return // refused: typescript/no-misused-promises
  void local()
  await Promise.all([slow(), client.end()])
}
`,
  },
  {
    path: 'apps/api/src/loose.ts',
    code: `export const loose = (input: any) => input // refused: typescript/no-explicit-any
export const first = (list: string[]): string => list[0]! // refused: typescript/no-non-null-assertion
export const stage = process.env.STAGE // refused: cvault/one-environment
console.log(stage) // refused: eslint/no-console
export default loose // refused: import/no-default-export
export class Service {} // refused: cvault/classes-are-errors
export class PoolError extends Error {}
`,
  },
  { path: 'apps/api/src/server.ts', code: `export const port = process.env.PORT\n` },
  {
    path: 'apps/api/src/stage.ts',
    code: `import process, { env } from 'node:process' // refused: cvault/one-environment\nexport const home = env['HOME']\nexport const user = process.env['USER'] // refused: cvault/one-environment\nexport const node = process.version\n`,
  },
  { path: 'apps/api/src/barrel.ts', code: `export { port } from './server.ts' // refused: cvault/imports, cvault/no-barrel\n` },
  { path: 'apps/api/src/badName.ts', code: `export const named = 1 // refused: unicorn/filename-case\n` },
  { path: 'apps/api/src/long.ts', code: `${'// a line\n'.repeat(401)}export const long = 1 // refused: eslint/max-lines\n` },
  { path: 'apps/api/src/long-enough.ts', code: `${'// a line\n'.repeat(399)}export const longEnough = 1\n` },
  {
    path: 'apps/api/src/decrypt.ts',
    code: `import { createDecipheriv } from 'node:crypto' // refused: cvault/one-decryption
import * as crypto from 'node:crypto'
export const open = (key: Buffer) => createDecipheriv('aes-256-gcm', key, key) // refused: cvault/one-decryption
export const again = (key: Buffer) => crypto.createDecipheriv('aes-256-gcm', key, key) // refused: cvault/one-decryption
`,
  },
  {
    path: 'apps/api/src/crypto/aead.ts',
    code: `import { createDecipheriv } from 'node:crypto'
export const openSecret = (key: Buffer) => createDecipheriv('aes-256-gcm', key, key)
`,
  },
  {
    path: 'apps/api/src/hidden.test.ts',
    code: `import { expect, test } from 'vitest'
test.only('a', () => expect(1).toBe(1)) // refused: cvault/no-test-leftovers, vitest/no-focused-tests
test.skip('b', () => expect(1).toBe(1)) // refused: cvault/no-test-leftovers, vitest/no-disabled-tests
test('c', () => expect(1).toBe(1))
`,
  },
  { path: 'apps/api/src/domain/b/shared.ts', code: `export const shared = 1\n` },
  { path: 'apps/api/src/domain/b/create.ts', code: `export const createB = 1\n` },
  { path: 'apps/api/src/routes/things.ts', code: `export const things = 1\n` },
  {
    path: 'apps/api/src/domain/a/create.ts',
    code: `import type { FastifyInstance } from 'fastify' // refused: cvault/imports
import { createB } from '../b/create.ts' // refused: cvault/imports
import { shared } from '../b/shared.ts'
import { things } from '../../routes/things.ts' // refused: cvault/imports
import { own } from './own.ts'
export const late = () => import('../b/create.ts') // refused: cvault/imports
export type App = FastifyInstance
export const all = [createB, shared, things, own]
`,
  },
  { path: 'apps/api/src/domain/a/own.ts', code: `export const own = 1\n` },
  {
    path: 'apps/api/src/dataplane/lane.ts',
    code: `import plugin from 'fastify-plugin' // refused: cvault/imports
import { createB } from '../domain/b/create.ts'
export const lane = [plugin, createB]
`,
  },
  {
    path: 'apps/api/src/routes/devices.ts',
    code: `import { createB } from '../domain/b/create.ts'
import pg from 'pg' // refused: cvault/imports
export const devices = [createB, pg]
`,
  },
  {
    path: 'packages/wg/src/reach.ts',
    code: `import { shape } from '@cvault/schema/shape' // refused: cvault/imports
import { shared } from '../../../apps/api/src/domain/b/shared.ts' // refused: cvault/imports
export const reach = [shape, shared]
`,
  },
  {
    path: 'packages/schema/src/shape.ts',
    code: `import { randomUUID } from 'node:crypto' // refused: cvault/imports
import { z } from 'zod'
export const shape = z.string().default(randomUUID())
`,
  },
  {
    path: 'packages/sdk-js/src/client.ts',
    code: `import { z } from 'zod' // refused: cvault/imports
export const client = z
`,
  },
  {
    path: 'apps/demo-web/src/page.ts',
    code: `import { shape } from '@cvault/schema/shape' // refused: cvault/imports
export const page = shape
`,
  },
  {
    path: 'apps/demo-web/e2e/journey.e2e.test.ts',
    code: `import { slow } from '@cvault/wg/slow'
export const journey = slow
`,
  },
  {
    path: 'apps/demo-web/src/e2e/journey.ts',
    code: `import { slow } from '@cvault/wg/slow' // refused: cvault/imports
export const journey = slow
`,
  },
]
