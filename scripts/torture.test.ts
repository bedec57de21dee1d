import { spawnSync } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'

const torture = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [path.join(import.meta.dirname, 'torture.ts'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, PATH: '/nowhere', ...env },
  })

test('pnpm torture says what it takes, and begins nothing that it cannot', () => {
  expect(torture(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('TORTURE_SEED') })
  expect(torture(['--seconds', '5'])).toMatchObject({ status: 2, stderr: expect.stringContaining('"--seconds 5" is not understood') })
  for (const [name, value] of [
    ['TORTURE_SECONDS', 'many'],
    ['TORTURE_SECONDS', '5'],
    ['TORTURE_SEED', '-1'],
    ['CRASH_POINTS', '3'],
  ])
    expect(torture([], { [`${name}`]: `${value}` })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`${name}=${value}: it must be`),
    })
  expect(torture([], { CRASH_POINTS: '20' })).toMatchObject({ status: 2, stderr: expect.stringContaining('pnpm cannot be started') })
})
