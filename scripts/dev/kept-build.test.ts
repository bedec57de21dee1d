import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../prepare.mjs'
import { keptBuild } from './kept-build.ts'

let folder: string
let made: number
beforeEach(() => {
  made = 0
  folder = mkdtempSync(join(tmpdir(), 'cvault-kept-build-'))
  write('first')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const source = () => join(folder, 'source.txt')
const write = (text: string) => writeFileSync(source(), text)

/** A build holds what its source held when it began. Answers what the build that is to be used holds. */
async function build(meanwhile: () => void = () => {}): Promise<string> {
  const built = await keptBuild({
    builds: join(folder, 'builds'),
    sources: [relative(root, source())],
    isSource: () => true,
    make: async (target) => {
      made += 1
      const text = readFileSync(source(), 'utf8')
      meanwhile()
      mkdirSync(target)
      writeFileSync(join(target, 'built.txt'), text)
    },
  })
  return readFileSync(join(built, 'built.txt'), 'utf8')
}

test('the same sources are built once, other ones anew, and the first again from what was kept', async () => {
  expect([await build(), await build(), made]).toEqual(['first', 'first', 1])
  write('second')
  expect([await build(), await build(), made]).toEqual(['second', 'second', 2])
  write('first')
  expect([await build(), made]).toEqual(['first', 2])
})

test('what was built while its sources changed is not kept, for the old ones or the new', async () => {
  await build(() => write('second'))
  expect([await build(), made]).toEqual(['second', 2])
  write('first')
  expect([await build(), made]).toEqual(['first', 3])
})

test('a build that broke leaves nothing to be used', async () => {
  const breaks = () => {
    throw new Error('broken')
  }
  await expect(build(breaks)).rejects.toThrow('broken')
  expect([await build(), made]).toEqual(['first', 2])
})

test('of a build whose folder was taken away another is made', async () => {
  await build()
  const builds = join(folder, 'builds')
  for (const name of readdirSync(builds)) if (name.startsWith('build.')) rmSync(join(builds, name), { recursive: true })
  expect([await build(), made]).toEqual(['first', 2])
})
