import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const portal = path.resolve(import.meta.dirname, '../../../..')
const content = path.join(portal, 'content')
let folder = ''
let blocks: { name: string; language: string; code: string }[] = []

beforeAll(async () => {
  // In node_modules, so that the samples find the SDK as an integrator's would.
  folder = await mkdtemp(path.join(portal, 'node_modules/docs-samples-'))
  const texts = await Promise.all(
    (await readdir(content)).map(async (file) => ({ file, text: await readFile(path.join(content, file), 'utf8') })),
  )
  blocks = texts.flatMap(({ file, text }) =>
    [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(({ index, 1: language = '', 2: code = '' }) => {
      const line = text.slice(0, index).split('\n').length + 1
      return { name: `${path.parse(file).name}-${line}`, language, code }
    }),
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const of = (language: string) => blocks.filter((block) => block.language === language)

/** What the samples take as given. */
const given = `declare const email: string
declare const password: string
declare const userId: string
declare function env(name: string): string
`

/** What the compiler says of the files; nothing, when they are right. */
async function compile(files: Record<string, string>): Promise<string> {
  const types = path.resolve(portal, '../../packages/sdk-js/node_modules/@types')
  const place = { lib: ['es2024', 'dom'], types: ['node'], typeRoots: [types] }
  const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: true, checkJs: true, ...place }
  for (const [name, code] of Object.entries(files)) await writeFile(path.join(folder, name), code)
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }))
  return run(path.resolve(portal, '../../node_modules/.bin/tsc'), ['-p', folder]).then(
    () => '',
    (error: { stdout?: string }) => error.stdout ?? String(error),
  )
}

// The compiler is a process of its own, and machines can be busy.
describe('the samples in the texts of the docs', { timeout: 120_000 }, () => {
  test('compile, strict, against the SDK', async () => {
    const [js, ts] = [of('js'), of('ts')]
    expect(js.length).toBeGreaterThan(0)
    expect(ts.length).toBeGreaterThan(1)
    const files = [...js.map(({ name, code }) => [`${name}.mjs`, code]), ...ts.map(({ name, code }) => [`${name}.ts`, code])]
    expect(await compile(Object.fromEntries([...files, ['given.d.ts', given]]))).toBe('')
    const wrong = (ts[0]?.code ?? '').replace('auth.login', 'auth.enter')
    expect(await compile({ 'wrong.ts': wrong, 'given.d.ts': given })).toContain('enter')
  })

  test('are shell that parses, where they are shell', async () => {
    expect(of('sh').length).toBeGreaterThan(3)
    for (const { name, code } of of('sh')) {
      const file = path.join(folder, `${name}.sh`)
      await writeFile(file, code)
      await expect(run('bash', ['-n', file]), name).resolves.toEqual({ stdout: '', stderr: '' })
    }
  })

  test('call only what the API has, by its method, with a body that names fields it knows', async () => {
    const specification: Specification = JSON.parse(await readFile(path.join(portal, '../api/openapi/openapi.json'), 'utf8'))
    const calls = of('sh').flatMap(({ code }) =>
      [...code.replaceAll(/\\\n\s*/g, '').matchAll(/^curl -\w+ ["'](?:\$API|https:\/\/api\.example\.com\/api\/v1)([^"']+)["'](.*)$/gm)].map(
        ([, called = '', rest = '']) => ({ called, body: / -d '(\{.*\})'/.exec(rest)?.[1] }),
      ),
    )
    expect(calls.length).toBeGreaterThan(4)
    for (const { called, body } of calls) {
      const operations = specification.paths[`/api/v1${called.replaceAll(/\$\w+/g, '{id}')}`]
      const operation = operations?.[body === undefined ? 'get' : 'post']
      expect(operation, called).toBeDefined()
      if (body === undefined) continue
      const name = /\/schemas\/(\w+)$/.exec(operation?.requestBody?.content['application/json'].schema.$ref ?? '')?.[1] ?? ''
      const fields = Object.keys(specification.components.schemas[name]?.properties ?? {})
      const named = [...body.matchAll(/"(\w+)":/g)].map(([, field]) => field)
      expect(fields, `${called} ${name}`).toEqual(expect.arrayContaining(named))
    }
  })

  test('are of a language we show and check', () => {
    expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual(['http', 'js', 'sequence', 'sh', 'ts'])
  })
})

interface Specification {
  paths: Record<string, Record<string, { requestBody?: { content: { 'application/json': { schema: { $ref?: string } } } } }>>
  components: { schemas: Record<string, { properties?: Record<string, unknown> }> }
}
