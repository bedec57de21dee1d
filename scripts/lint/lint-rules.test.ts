import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plantedFiles } from './planted-files.ts'

interface Diagnostic {
  code: string
  filename: string
  message: string
  labels: { span: { line: number } }[]
}

const root = resolve(import.meta.dirname, '../..')
let copy = ''
let diagnostics: Diagnostic[] = []

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'cvault-lint-'))
  buildWorkspace()
  diagnostics = await lint()
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

describe.each(plantedFiles)('$path', ({ path, code }) => {
  const expected = expectations(code)
  const found = () => [...new Set(diagnostics.filter(({ filename }) => filename === path).map(placeOf))]

  test(expected.length === 0 ? 'is clean' : `is refused: ${expected.join(', ')}`, () => {
    expect(found().toSorted()).toEqual(expected.toSorted())
  })
})

test('every rule of ours is planted at least once', async () => {
  const { default: plugin } = await import('./architecture.mjs')
  const planted = new Set(plantedFiles.flatMap(({ code }) => expectations(code).map((line) => line.split(' ')[1])))
  expect(Object.keys(plugin.rules).filter((rule) => !planted.has(`cvault/${rule}`))).toEqual([])
})

// A line that must be refused ends with `// refused: rule, rule`; a file that must be refused as a whole begins so.
function expectations(code: string): string[] {
  return code.split('\n').flatMap((text, index) => {
    const rules = /\/\/ refused: (.+)$/.exec(text)?.[1]?.split(', ') ?? []
    return rules.map((rule) => `${index + 1} ${rule}`)
  })
}

function placeOf({ code, labels }: Diagnostic): string {
  return `${labels[0]?.span.line} ${ruleOf(code)}`
}

// oxlint writes "typescript(no-explicit-any)" where configurations say "typescript/no-explicit-any".
function ruleOf(code: string): string {
  return code.replace('(', '/').replace(')', '').replace('typescript-eslint/', 'typescript/').replace('eslint-plugin-', '')
}

// The same configuration and packages, in a folder of its own: nothing is ever planted in the real tree.
function buildWorkspace(): void {
  for (const file of ['.oxlintrc.json', '.gitignore', 'tsconfig.base.json', 'package.json']) cpSync(join(root, file), join(copy, file))
  mkdirSync(join(copy, 'scripts/lint'), { recursive: true })
  cpSync(join(root, 'scripts/lint/architecture.mjs'), join(copy, 'scripts/lint/architecture.mjs'))
  linkEach(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const folder of ['apps/api', 'packages/wg', 'packages/schema', 'packages/sdk-js', 'apps/demo-web']) {
    mkdirSync(join(copy, folder, 'src'), { recursive: true })
    writeFileSync(join(copy, folder, 'tsconfig.json'), '{ "extends": "../../tsconfig.base.json", "include": ["src"] }')
    writeFileSync(
      join(copy, folder, 'package.json'),
      `{ "name": "@cvault/${folder.split('/')[1]}", "type": "module", "exports": { "./*": "./src/*.ts" } }`,
    )
  }
  linkEach(join(root, 'apps/api/node_modules'), join(copy, 'apps/api/node_modules'))
  mkdirSync(join(copy, 'apps/api/node_modules/@cvault'), { recursive: true })
  for (const name of ['wg', 'schema']) symlinkSync(join(copy, 'packages', name), join(copy, 'apps/api/node_modules/@cvault', name))
  for (const { path, code } of plantedFiles) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    writeFileSync(join(copy, path), code)
  }
}

function linkEach(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    if (!name.startsWith('.pnpm') && name !== '@cvault') symlinkSync(join(from, name), join(to, name))
  }
}

async function lint(): Promise<Diagnostic[]> {
  const binary = join(root, 'node_modules/.bin/oxlint')
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run npm test, or install first`)
  const output = await promisify(execFile)(binary, ['--format', 'json'], { cwd: copy, maxBuffer: 10_000_000 }).catch(
    (error: { stdout: string; stderr: string }) => error,
  )
  if (!output.stdout.includes('"diagnostics"')) throw new Error(`oxlint did not run:\n${output.stdout}${output.stderr}`)
  return (JSON.parse(output.stdout) as { diagnostics: Diagnostic[] }).diagnostics
}
