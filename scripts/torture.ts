// pnpm torture --help
import { spawn } from 'node:child_process'
import process from 'node:process'

const help = `pnpm torture

Tenants, users and an operator do what they do at random while everything under them is killed, stopped, cut and edited by hand;
afterwards all that was promised is checked. Before and after it, agent and API are killed at every point there is. Linux, root.

Environment
  TORTURE_SECONDS  how long (300; ten at least)
  TORTURE_SEED     which operations and faults: the number an earlier run printed first (a new one each time)
  CRASH_POINTS     points at which agent and API are killed: a number from 10, since fewer show nothing, or all (all)

What is not kept is told as a failed test, with the history that led to it. CTRL-C ends everything it started.
`

const checks: Record<string, [RegExp, string]> = {
  TORTURE_SECONDS: [/^[1-9][0-9]{1,5}$/, 'a number of seconds from 10'],
  TORTURE_SEED: [/^[0-9]{1,9}$/, 'a number that an earlier run printed'],
  CRASH_POINTS: [/^([1-9][0-9]{1,5}|all)$/, 'a number from 10, or all'],
}

function faultOf(args: string[]): string | undefined {
  if (args.length > 0) return `"${args.join(' ')}" is not understood: it is told by its environment. See pnpm torture --help.`
  for (const [name, [shape, what]] of Object.entries(checks)) {
    const text = process.env[name]
    if (text !== undefined && !shape.test(text)) return `${name}=${text}: it must be ${what}.`
  }
}

const args = process.argv.slice(2).filter((text) => text !== '--') // pnpm hands it on
const fault = faultOf(args)
if (args.includes('--help')) process.stdout.write(help)
else if (fault !== undefined) {
  console.error(fault)
  process.exitCode = 2
} else {
  const child = spawn('pnpm', ['--filter', '@cvault/wg', '--filter', '@cvault/api', 'torture'], { stdio: 'inherit' })
  child.once('error', (error) => {
    console.error(`pnpm cannot be started: ${error.message}. Run it as: npx --yes pnpm@12.21.0 torture`)
    process.exitCode = 2
  })
  child.once('exit', (code) => (process.exitCode = code ?? 1))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
}
