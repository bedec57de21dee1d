import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserSample, curlSample, nodeSample, samplesFor } from './samples.ts'

const run = promisify(execFile)
const portal = path.resolve(import.meta.dirname, '../../../..')
const input = { apiKey: 'cvk_test', baseUrl: 'https://api.example.com' }
let folder = ''

beforeAll(async () => {
  // In node_modules, so that the samples find the SDK as an integrator's would.
  folder = await mkdtemp(path.join(portal, 'node_modules/samples-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What the compiler says of the files; nothing, when they are right. */
async function compile(files: Record<string, string>): Promise<string> {
  const types = path.resolve(portal, '../../packages/sdk-js/node_modules/@types')
  const place = { lib: ['es2024', 'dom'], types: ['node'], typeRoots: [types] }
  const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: true, checkJs: true, ...place }
  for (const [name, code] of Object.entries(files)) await writeFile(path.join(folder, name), code)
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }))
  const tsc = path.resolve(portal, '../../node_modules/.bin/tsc')
  return run(tsc, ['-p', folder]).then(
    () => '',
    (error: { stdout?: string }) => error.stdout ?? String(error),
  )
}

// The compiler is a process of its own, and machines can be busy.
describe('the code samples', { timeout: 60_000 }, () => {
  it('compile, strict, against the SDK', async () => {
    const secretive = nodeSample({ ...input, needsSecret: true }).code
    expect(await compile({ 'node.mjs': nodeSample(input).code, 'secretive.mjs': secretive, 'browser.ts': browserSample(input).code })).toBe(
      '',
    )
  })

  it('would be refused if they used a method the SDK has not', async () => {
    expect(await compile({ 'wrong.mjs': nodeSample(input).code.replace('devices.register', 'devices.enrol') })).toContain('enrol')
  })

  it('are shell that parses, where they are shell', async () => {
    for (const needsSecret of [false, true]) {
      const file = path.join(folder, 'quick-start.sh')
      await writeFile(file, curlSample({ ...input, needsSecret }).code)
      await expect(run('bash', ['-n', file])).resolves.toEqual({ stdout: '', stderr: '' })
    }
  })

  it('install the SDK from where it is', () => {
    const installs = (sdkPackage?: string) => samplesFor({ ...input, sdkPackage }).map(({ install }) => install)
    expect(installs()).toEqual(['npm install @cvault/sdk-js', 'npm install @cvault/sdk-js', null])
    expect(installs('/tmp/a/cvault-sdk-js-0.1.0.tgz')[0]).toBe('npm install /tmp/a/cvault-sdk-js-0.1.0.tgz')
    expect(installs("/tmp/it's mine/sdk.tgz")[0]).toBe(String.raw`npm install '/tmp/it'\''s mine/sdk.tgz'`)
  })

  it('hold the key and the address, and never a secret', () => {
    for (const { code } of [...samplesFor(input), ...samplesFor({ ...input, needsSecret: true })]) {
      expect(code).toContain(input.apiKey)
      expect(code).toContain(input.baseUrl)
      expect(code).not.toContain('cvs_')
    }
  })

  it('keep what is put into them inside its quotes', async () => {
    const hostile = { apiKey: `k'); process.exit(1); ('\\`, baseUrl: `https://api.example.com/'$(exit 1)'` }
    expect(await compile({ 'node.mjs': nodeSample(hostile).code })).toBe('')
    const { stdout } = await run('bash', ['-c', `${curlSample(hostile).code.split('\n').slice(0, 3).join('\n')}\nprintf %s "$API|$KEY"`])
    expect(stdout).toBe(`${hostile.baseUrl}/api/v1|${hostile.apiKey}`)
  })

  it('leave the browser out where the key needs its secret', () => {
    expect(samplesFor({ ...input, needsSecret: true }).map(({ id }) => id)).toEqual(['node', 'curl'])
  })
})
