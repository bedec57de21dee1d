import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeTenant } from '../../test/factories.ts'
import { verifyMetering } from './verify-metering.ts'

let api: TestApp
let folder: string
beforeAll(async () => {
  api = await buildTestApp()
  await makeTenant(api.deps)
  folder = await mkdtemp(path.join(tmpdir(), 'cvault-verify-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await api.close()
})

const run = (args: string[], databaseUrl = api.env.DATABASE_URL) =>
  verifyMetering(args, {
    databaseUrl: () => databaseUrl,
    stdin: Readable.from([]),
    stdout: new PassThrough().resume(),
    stderr: new PassThrough().resume(),
  })

test.each([
  [['--faults', 'many'], '--faults many is not a number of faults'],
  [['--faults=-1'], '--faults -1 is not a number of faults'],
  [['--tenant', 'ACME'], '--tenant ACME is no id'],
  [['--export', '/nowhere/export.ndjson'], "no such file or directory, open '/nowhere/export.ndjson'"],
  [['--file', '/nowhere/export.ndjson'], "no such file or directory, open '/nowhere/export.ndjson'"],
  [['--file', '-'], 'there is nothing to verify in -'],
])('%j could not look, which is not the same as finding something', async (args, message) => {
  await expect(run(args)).rejects.toThrow(message)
})

test('an empty file is not "all as metered"', async () => {
  const empty = path.join(folder, 'empty.ndjson')
  await writeFile(empty, '')
  await expect(run(['--file', empty])).rejects.toThrow('there is nothing to verify in')
})

test('a database that is not there, or not ours, is told by its name', async () => {
  await expect(run([], 'postgresql://nobody@127.0.0.1:1/away')).rejects.toThrow('DATABASE_URL: 127.0.0.1:1/away cannot be used')
  const foreign = new URL(api.env.DATABASE_URL)
  foreign.pathname = '/postgres'
  await expect(run([], foreign.href)).rejects.toThrow('/postgres lacks migrations')
  expect(await run([])).toBe(0)
})
