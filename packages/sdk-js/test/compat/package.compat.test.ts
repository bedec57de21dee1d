import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { expect, inject, test } from 'vitest'
import { sdkFolder, workspace } from './harness/places.ts'

const mostBytes = 12_000
const installed = path.join(inject('consumer'), 'node_modules/@cvault/sdk-js')
const manifest = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as Record<string, unknown>
const contents = execFileSync('tar', ['tzf', inject('tarball')], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .map((name) => name.replace('package/', ''))

test('the package holds what it is meant to hold, and nothing else', () => {
  const unhashed = contents.map((name) => name.replace(/-[\w-]{8}\.(js|d)/, '-#.$1'))
  const of = (name: string): string[] => ['cjs', 'cjs.map', 'd.cts', 'd.ts', 'js', 'js.map'].map((end) => `dist/${name}.${end}`)
  const shared = ['dist/chunk-#.js', 'dist/chunk-#.js.map', 'dist/events-#.d.cts', 'dist/events-#.d.ts']
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'docs/api.md', 'package.json']
  expect(unhashed.sort()).toEqual([...documents, ...shared, ...of('index'), ...of('transport')].sort())
})

test('it comes with its licence, with its sources in its maps, and without anybody’s folders', () => {
  expect(readFileSync(path.join(installed, 'LICENSE'), 'utf8')).toBe(readFileSync(path.join(workspace, 'LICENSE'), 'utf8'))
  for (const file of contents.filter((name) => name.endsWith('.map'))) {
    const map = JSON.parse(readFileSync(path.join(installed, file), 'utf8')) as { sources: string[]; sourcesContent?: string[] }
    for (const source of map.sources) expect(source).toMatch(/^\.\.\/src\/[\w/-]+\.ts$/)
    expect(map.sourcesContent ?? []).toHaveLength(map.sources.length)
  }
  for (const file of contents) expect(readFileSync(path.join(installed, file), 'utf8')).not.toContain(workspace)
})

test('it depends on nothing at run time, and on nothing that only this workspace knows', () => {
  expect(Object.keys(manifest).filter((key) => /dependencies$/i.test(key))).toEqual(['devDependencies'])
  expect(JSON.stringify(manifest)).not.toMatch(/"(workspace|catalog):/)
  for (const file of contents.filter((name) => /\.c?js$/.test(name))) {
    const text = readFileSync(path.join(installed, file), 'utf8')
    const specifiers = [...text.matchAll(/(?:^|[^.\w])(?:import|from|require)\s*\(?\s*["']([^"'\n]+)["']/g)].map(([, name]) => name)
    for (const specifier of specifiers) expect(`${file} imports ${specifier}`).toMatch(/ imports \.\//)
  }
})

test('publint finds nothing to say', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, strict: true })
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
})

test('are-the-types-wrong finds nothing wrong', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(inject('tarball'))))
  // What is older than `exports` finds the types of the main entry, and no subpath.
  const problems = analysis.types ? analysis.problems.map((problem) => JSON.stringify(problem)) : ['no types']
  expect(problems.filter((text) => !/"\.\/transport","resolutionKind":"node10"/.test(text))).toEqual([])
})

test(`it weighs at most ${mostBytes / 1_000} kB in a browser, minified and gzipped`, async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export { default, isCVaultError, generateKeyPair } from '@cvault/sdk-js'", resolveDir: inject('consumer') },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  })
  const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
  console.log(`@cvault/sdk-js: ${(bytes / 1_000).toFixed(2)} kB min+gzip, of ${mostBytes / 1_000} kB`)
  expect(bytes).toBeGreaterThan(1_000)
  expect(bytes).toBeLessThanOrEqual(mostBytes)
})

test('the version stands in the package, in its changelog and in the user agent', () => {
  const { version } = manifest as { version: string }
  expect(readFileSync(path.join(installed, 'CHANGELOG.md'), 'utf8')).toContain(`## ${version}\n`)
  expect(readFileSync(path.join(sdkFolder, 'src/version.ts'), 'utf8')).toContain(`'${version}'`)
})
