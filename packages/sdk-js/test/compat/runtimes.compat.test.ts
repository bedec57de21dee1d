import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { EdgeVM } from '@edge-runtime/vm'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { startBrowser } from '../../../ui/test/browser.ts'
import { nodes, sdkFolder, workspace } from './harness/places.ts'
import { output, run } from './harness/run.ts'
import { startTinyApi, type TinyApi } from './harness/tiny-api.ts'

// Each place that runs the SDK runs the same program against the same server, with the packed tarball installed.
const expected = 'ada@example.test, Fixture, key of its own, us-east, NOT_FOUND 404'
const asked = ['POST /api/v1/auth/register', 'POST /api/v1/devices', 'GET /api/v1/servers', 'GET /api/v1/devices/nowhere']
const cwd = inject('consumer')
let api: TinyApi
let browser: Promise<Browser> | undefined

beforeAll(async () => {
  api = await startTinyApi()
  await cp(path.join(import.meta.dirname, 'fixtures'), cwd, { recursive: true })
})
beforeEach(() => {
  api.asked = []
})
afterAll(async () => {
  await (await browser)?.close()
  await api.close()
})

for (const { version, file } of nodes()) {
  test(`Node ${version}, as an ES module`, async () => {
    expect(await output(file, ['esm.mjs', api.url], { cwd })).toBe(`${expected}\ntrue function\n`)
    expect(api.asked).toEqual(asked)
  })

  test(`Node ${version}, by require`, async () => {
    expect(await output(file, ['cjs.cjs', api.url], { cwd })).toBe(`${expected}\ntrue function\n`)
    expect(api.asked).toEqual(asked)
  })
}

test('an edge runtime, which is a server though it looks like a worker', async () => {
  const { outputFiles } = await build({ entryPoints: [path.join(cwd, 'edge.mjs')], bundle: true, format: 'iife', write: false })
  const vm = new EdgeVM()
  vm.evaluate(outputFiles[0]?.text ?? '')
  const tryOut = vm.context['tryOut'] as (baseUrl: string) => Promise<string>
  expect(await tryOut(api.url)).toBe(`${expected}; 1 call`)
  expect(api.asked).toEqual(['GET /api/v1/usage', ...asked])
})

test('a page that Vite built', async () => {
  await output('vite', ['build', 'page', '--outDir', '../by-vite', '--logLevel', 'warn'], { cwd })
  await expectPage('by-vite')
})

test('a page that esbuild bundled', async () => {
  const outdir = path.join(cwd, 'by-esbuild')
  await build({ entryPoints: [path.join(cwd, 'page/main.js')], bundle: true, minify: true, format: 'esm', outdir })
  await cp(path.join(cwd, 'page/index.html'), path.join(outdir, 'index.html'))
  await expectPage('by-esbuild')
})

async function expectPage(folder: string): Promise<void> {
  browser ??= startBrowser()
  api.pages = path.join(cwd, folder)
  const page = await (await browser).newPage()
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  await page.goto(api.url)
  await page.waitForFunction(() => document.querySelector('output')?.textContent, null, { timeout: 10_000 }).catch(() => {})
  expect([await page.textContent('output'), faults]).toEqual([`${expected}; a secret: INVALID_OPTIONS`, []])
  expect(api.asked).toEqual(asked)
  await page.close()
}

const modes = {
  node16: { module: 'node16', files: ['app.mts', 'app.cts'] },
  nodenext: { module: 'nodenext', files: ['app.mts', 'app.cts'] },
  bundler: { module: 'esnext', files: ['app.mts'] },
}
const places = {
  browser: { lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
  node: { lib: ['es2022'], types: ['node'], typeRoots: [path.join(sdkFolder, 'node_modules/@types')], skipLibCheck: true },
}

async function expectTypes(compiler: string, mode: keyof typeof modes, place: keyof typeof places): Promise<void> {
  const { module, files } = modes[mode]
  const folder = path.join(cwd, 'types', `${path.basename(compiler)}-${mode}-${place}`)
  await mkdir(folder)
  for (const file of files) await cp(path.join(cwd, 'types', file), path.join(folder, file))
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }
  const compilerOptions = { module, moduleResolution: mode, target: 'es2022', noEmit: true, ...strict, ...places[place] }
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const { code, stdout } = await run(path.join(compiler, 'node_modules/.bin/tsc'), ['-p', folder], { cwd })
  expect(`${mode}, ${place}: ${code}\n${stdout}`).toBe(`${mode}, ${place}: 0\n`)
}

test('TypeScript 7, strict, with each module resolution, in browsers and in Node', async () => {
  for (const mode of ['node16', 'nodenext', 'bundler'] as const) {
    for (const place of ['browser', 'node'] as const) await expectTypes(workspace, mode, place)
  }
})

test('TypeScript 6, strict', async () => {
  await expectTypes(sdkFolder, 'nodenext', 'browser')
})
