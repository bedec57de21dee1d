import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { nodePath, root } from '../prepare.mjs'

const timeoutMs = 20 * 60_000
const startedAt = Date.now()
const running = new Set()
const outputs = mkdtempSync(join(tmpdir(), 'cvault-test-output-'))
let commands = 0

/** Seconds since everything began, or since then. */
export const secondsSince = (since = startedAt) => Math.round((Date.now() - since) / 1000)

/** Run a command of the workspace. `isQuiet`: others run beside it, so that its output is shown in one piece when it has ended. */
export async function run(title, [name, ...args], folder, isQuiet) {
  const heading = `\n── ${title} ${'─'.repeat(Math.max(2, 70 - title.length))} ${secondsSince()} s`
  if (!isQuiet) console.log(heading)
  const outputPath = join(outputs, String(commands++))
  const output = isQuiet ? openSync(outputPath, 'w') : 'inherit'
  const code = await spawned(title, name, args, folder, output)
  if (isQuiet) {
    closeSync(output)
    console.log(heading)
    process.stdout.write(readFileSync(outputPath))
    rmSync(outputPath)
  }
  return code
}

/** Run each, `width` at a time, in their order. */
export async function runAll(tasks, width) {
  const waiting = [...tasks]
  const worker = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) await task()
  }
  await Promise.all(Array.from({ length: width }, worker))
}

/** End what runs, and everything that it started. */
export function endRunning(signal) {
  for (const child of running) endGroup(child, signal)
  rmSync(outputs, { recursive: true, force: true })
}

function spawned(title, name, args, folder, output) {
  const bins = [join(root, folder, 'node_modules/.bin'), join(root, 'node_modules/.bin')]
  const env = { ...process.env, PATH: [...bins, process.env.PATH].join(delimiter) }
  const file = name === 'node' ? nodePath : (bins.map((bin) => join(bin, name)).find((path) => existsSync(path)) ?? name)
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: join(root, folder), env, detached: true, stdio: ['ignore', output, output] })
    running.add(child)
    const timer = setTimeout(() => {
      console.error(`${title}: not done after ${timeoutMs / 60_000} minutes, ended`)
      endGroup(child, 'SIGKILL')
    }, timeoutMs)
    const settle = (code) => {
      clearTimeout(timer)
      running.delete(child)
      resolve(code)
    }
    child.on('error', (error) => {
      console.error(`${file}: ${error.message}`)
      settle(1)
    })
    child.on('exit', (code) => settle(code ?? 1))
  })
}

function endGroup(child, signal) {
  try {
    process.kill(-child.pid, signal)
  } catch {
    // It has just ended by itself.
  }
}
