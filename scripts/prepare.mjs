// Plain JavaScript for whatever Node is on the machine (20 or later): it runs before anything is installed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Node 24, which comes with the packages; the machine's own Node only starts it. */
export const nodePath = join(root, 'node_modules/node/bin/node')

const running = new Set()

/** Make the checkout runnable: packages installed, database client generated. Takes no time when nothing changed. */
export async function prepare() {
  checkNode()
  const manifests = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...workspaceFolders().map((folder) => join(folder, 'package.json'))]
  await unlessDone('install', manifests, existsSync(nodePath), async () => {
    const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    await step('Installing packages', 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile'])
  })
  const schema = ['pnpm-lock.yaml', 'apps/api/prisma/schema.prisma', 'apps/api/prisma.config.ts']
  await unlessDone('generate', schema, existsSync(join(root, 'apps/api/src/generated/prisma/client.ts')), async () => {
    await step('Generating the database client', nodePath, ['node_modules/prisma/build/index.js', 'generate'], {
      cwd: join(root, 'apps/api'),
    })
  })
  // The apps use the SDK as customers do: built.
  const sdk = join(root, 'packages/sdk-js')
  const sources = readdirSync(join(sdk, 'src'), { recursive: true }).filter((file) => /(?<!\.test)\.ts$/.test(file))
  const sdkFiles = [
    'pnpm-lock.yaml',
    ...['package.json', 'tsup.config.ts', ...sources.map((file) => join('src', file))].map((file) => join('packages/sdk-js', file)),
  ]
  await unlessDone('sdk', sdkFiles, existsSync(join(sdk, 'dist/index.d.cts')), async () => {
    await step('Building the SDK', nodePath, ['node_modules/tsup/dist/cli-default.js'], { cwd: sdk })
  })
}

/** Run one long command with a line of progress; its output is shown only when it fails. */
export async function step(title, command, args, options = {}) {
  const startedAt = Date.now()
  const elapsed = () => `${Math.round((Date.now() - startedAt) / 1000)} s`
  const show = (end) => process.stdout.write(`${process.stdout.isTTY ? '\r\x1b[K' : ''}${title} … ${end}`)
  if (process.stdout.isTTY) show('')
  else console.log(`${title} …`)
  const timer = setInterval(
    () => (process.stdout.isTTY ? show(elapsed()) : console.log(`${title} … ${elapsed()}`)),
    process.stdout.isTTY ? 1000 : 10_000,
  )
  try {
    const { code, output } = await capture(command, args, options)
    if (code === 0) return show(`done, ${elapsed()}\n`)
    show(`failed after ${elapsed()}\n`)
    throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${output.trimEnd().split('\n').slice(-40).join('\n')}`)
  } finally {
    clearInterval(timer)
  }
}

/** End the steps that are still at work, with everything they started. */
export function endSteps() {
  for (const child of running) {
    try {
      process.kill(-child.pid, 'SIGTERM')
    } catch {
      // It has just ended by itself.
    }
  }
}

/** Folders of the workspace, the root included. */
export function workspaceFolders() {
  const folders = ['apps', 'packages'].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => join(parent, name)) : [],
  )
  return ['.', ...folders].filter((folder) => existsSync(join(root, folder, 'package.json')))
}

async function unlessDone(name, files, complete, work) {
  const marker = join(root, 'node_modules', `.cvault-${name}`)
  const wanted = hashOf(files)
  if (complete && existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  rmSync(marker, { force: true })
  await work()
  mkdirSync(dirname(marker), { recursive: true })
  writeFileSync(marker, wanted)
}

function hashOf(files) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of files.toSorted()) if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function capture(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    // Its own process group, so that one signal ends npx, pnpm and whatever they run. CI: nothing may ask a question.
    const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CI: '1', ...env } })
    running.add(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = (output + chunk).slice(-100_000)))
    child.on('error', (error) => reject(new Error(`Could not run ${command}: ${error.message}`)))
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve({ code: code ?? signal, output })
    })
  })
}

function checkNode() {
  if (Number(process.versions.node.split('.')[0]) < 20)
    throw new Error(`CVault needs Node 20 or later to start; this is ${process.version}`)
}
