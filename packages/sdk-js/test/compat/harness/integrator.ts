import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { output } from './run.ts'
import { blocksOf } from './readme.ts'

/**
 * What somebody does who has an empty folder, the README, a key and a URL: the README's own words, and nothing else.
 * Answers what they have in the end, and how long it took.
 */
export async function followReadme(tarball: string, env: { CVAULT_URL: string; CVAULT_API_KEY: string }) {
  const startedAt = Date.now()
  const cwd = await mkdtemp(path.join(tmpdir(), 'cvault-integrator-'))
  await output('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd })
  const program = blocksOf('js')[0]?.code ?? ''
  await writeFile(path.join(cwd, 'quick-start.mjs'), program)
  const printed = await output('node', ['quick-start.mjs'], { cwd, env })
  const file = path.join(cwd, 'cvault.conf')
  const [config, { mode }] = await Promise.all([readFile(file, 'utf8'), stat(file)])
  return { cwd, printed, config, mode: mode & 0o777, lines: program.trim().split('\n').length, seconds: (Date.now() - startedAt) / 1_000 }
}
