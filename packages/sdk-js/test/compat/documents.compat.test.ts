import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { errorStatuses } from '@cvault/schema/error-codes'
import { expect, inject, test } from 'vitest'
import { sdkFolder, workspace } from './harness/places.ts'
import { blocksOf, readme } from './harness/readme.ts'
import { output, run } from './harness/run.ts'
import { startTinyApi } from './harness/tiny-api.ts'

test('every TypeScript block of the README compiles, strict, against the package', async () => {
  const folder = await mkdtemp(path.join(inject('consumer'), 'readme-'))
  const blocks = blocksOf('ts')
  expect(blocks.length).toBeGreaterThan(10)
  const files = await Promise.all(
    blocks.map(async ({ line, code }) => {
      const name = `README-line-${line}.ts`
      await writeFile(path.join(folder, name), `${code}\nexport {}\n`)
      return name
    }),
  )
  await writeFile(path.join(folder, 'given.d.ts'), await readFile(path.join(import.meta.dirname, 'fixtures/readme/given.d.ts')))
  const place = { lib: ['es2022', 'dom'], types: ['node'], typeRoots: [path.join(sdkFolder, 'node_modules/@types')] }
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, noEmit: true, skipLibCheck: true, ...place }
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [...files, 'given.d.ts'] }))
  const { code, stdout } = await run(path.join(workspace, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: folder })
  expect(`${stdout}${code}`).toBe('0')
})

test('the README’s storage adapters keep a session between two starts, and nothing after a sign-out', async () => {
  const folder = await mkdtemp(path.join(inject('consumer'), 'adapters-'))
  await cp(path.join(import.meta.dirname, 'fixtures/adapters'), folder, { recursive: true })
  const adapters = blocksOf('ts').filter(({ code }) => code.includes('export const storage'))
  expect(adapters).toHaveLength(2)
  const api = await startTinyApi()
  for (const [index, { code }] of adapters.entries()) {
    await writeFile(path.join(folder, `${index}.ts`), code.replace(/'(electron|react-native-keychain)'/, "'./$1.mjs'"))
    expect(await output(process.execPath, ['main.mjs', api.url, `./${index}.ts`], { cwd: folder })).toBe('ada@example.test\nnull\n')
  }
  expect((await readdir(folder)).filter((name) => name.endsWith('.bin'))).toEqual([])
  await api.close()
})

test('the README tells what to do for every error code, with its status', async () => {
  const rows = [...readme.matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \| ([\d, any]+) \| .+ \|$/gm)]
  const told = rows.flatMap(([, codes = '', statuses = '']) => {
    const each = statuses.split(', ')
    return codes.split(', ').map((code, index) => `${code.replaceAll('`', '')} ${each[index] ?? each[0]}`)
  })
  const source = await readFile(path.join(sdkFolder, 'src/errors.ts'), 'utf8')
  const [, own = ''] = /type ClientErrorCode =(.*?)\n\n/s.exec(source) ?? []
  const ownCodes = [...own.matchAll(/\| '([A-Z_]+)'/g)].map(([, code]) => `${code} ${code === 'INVALID_RESPONSE' ? 'any' : '0'}`)
  expect(ownCodes).toHaveLength(7)
  const theirs = Object.entries(errorStatuses).map(([code, status]) => `${code} ${status}`)
  expect(told.sort()).toEqual([...ownCodes, ...theirs].sort())
})

test('the README’s links lead somewhere', () => {
  const slugOf = (title: string): string =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-')
  const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => `#${slugOf(title)}`)
  const exists = (target: string): boolean => {
    if (target.startsWith('#')) return headings.includes(target)
    const [, inRepository] = target.split('/cvault/cvault/tree/main/')
    if (inRepository !== undefined) return existsSync(path.join(workspace, inRepository))
    return target.startsWith('https://') || existsSync(path.join(sdkFolder, target))
  }
  const targets = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target)
  expect(targets.length).toBeGreaterThan(5)
  expect(targets.filter((target) => !exists(target))).toEqual([])
})

test('docs/api.md is what the docstrings say: pnpm --filter @cvault/sdk-js run docs', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'cvault-sdk-docs-'))
  await output('typedoc', ['--out', folder, '--logLevel', 'Warn', '--treatWarningsAsErrors'], { cwd: sdkFolder })
  const fresh = await readFile(path.join(folder, 'api.md'), 'utf8')
  const committed = await readFile(path.join(sdkFolder, 'docs/api.md'), 'utf8')
  await rm(folder, { recursive: true })
  expect(committed).toBe(fresh)
  const anchors = new Set([...fresh.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id))
  const links = [...fresh.matchAll(/\]\(#([^)]+)\)/g)].map(([, id = '']) => id)
  expect(links.filter((id) => !anchors.has(id))).toEqual([])
})
