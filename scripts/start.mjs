import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { endSteps, nodePath, prepare, root } from './prepare.mjs'

const help = `npm start                    everything, with simulated VPN servers
npm start -- --wireguard     with real WireGuard servers in network namespaces (Linux, root)
npm start -- --reset         forget all local data first
npm start -- --no-demo-data  leave the demo tenant empty: no made-up users, devices and traffic

Environment
  CVAULT_HOME                             where data and secrets are kept (default: .cvault)
  API_PORT, PORTAL_PORT, DEMO_PORT        default 3000, 3001, 3002, or the next free ones
  DATABASE_URL                            use this PostgreSQL instead of the embedded one
  REDIS_URL                               share rate limits through this Redis`

// Ctrl-C arrives twice when npm is in between (from the terminal and from npm): only a later one is a second one.
const sameSignalMs = 1000

let child
let stoppingSince

try {
  const flags = parseFlags(process.argv.slice(2))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => onSignal(signal))
  stopWithNpm()
  await prepare()
  if (flags.includes('--wireguard')) await (await import('./system-packages.mjs')).ensureSystemPackages()
  if (stoppingSince === undefined) process.exitCode = await run(flags)
} catch (error) {
  if (stoppingSince === undefined) console.error(`\n${error.message}`)
  process.exitCode = stoppingSince === undefined ? 1 : 130
}

function parseFlags(flags) {
  const known = ['--wireguard', '--reset', '--no-demo-data', '--help', '-h']
  const unknown = flags.find((flag) => !known.includes(flag))
  if (unknown) throw new Error(`Unknown option "${unknown}". Options:\n\n${help}`)
  if (flags.includes('--help') || flags.includes('-h')) {
    console.log(help)
    process.exit(0)
  }
  return flags
}

function run(flags) {
  return new Promise((resolve, reject) => {
    // A process group of its own: a signal reaches it through us, once. The channel tells it when we are gone.
    child = spawn(nodePath, ['--disable-warning=ExperimentalWarning', join(root, 'scripts/dev.ts'), ...flags], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

// npm passes a signal to its shell only, and a SIGKILL to nobody: when whoever ran us is gone, so are we.
function stopWithNpm() {
  if (process.env.npm_lifecycle_event !== 'start') return
  const parent = process.ppid
  const timer = setInterval(() => process.ppid !== parent && stoppingSince === undefined && onSignal('SIGTERM'), 500)
  timer.unref()
}

function onSignal(signal) {
  if (stoppingSince === undefined) {
    stoppingSince = Date.now()
    endSteps()
    child?.kill(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM')
    return
  }
  if (Date.now() - stoppingSince < sameSignalMs) return
  console.error('Stopping at once.')
  try {
    if (child) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
  process.exit(130)
}
