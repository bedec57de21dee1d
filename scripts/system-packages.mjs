// Plain JavaScript for whatever Node is on the machine (20 or later): it runs before anything is installed.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

/** What real WireGuard networks need of the system: Debian's package, and a program only it brings. */
const networkPrograms = {
  'wireguard-tools': 'wg-quick',
  'wireguard-go': 'wireguard-go',
  'openssh-server': 'sshd',
  iproute2: 'ip',
  nftables: 'nft',
  iptables: 'iptables',
  procps: 'pkill',
}
/** What only tests need: fault tests, and journeys through the apps in a browser. */
const testPrograms = {
  'redis-server': 'redis-server',
  openssl: 'openssl',
  curl: 'curl',
  busybox: 'busybox',
  strace: 'strace',
  chromium: 'chromium',
}
const programOf = { ...networkPrograms, ...testPrograms }
/** Other programs that do as well. */
const alternatives = { chromium: ['chromium-browser', 'google-chrome'] }
const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

const servicePolicy = '/usr/sbin/policy-rc.d'
const servicePolicyMark = '# Written by CVault while it installs packages: none of their services may start.'
// It binds only while this process lives: left behind by a SIGKILL, it forbids nothing.
const servicePolicyText = `#!/bin/sh\n${servicePolicyMark}\n[ ! -d /proc/${process.pid} ] || exit 101\n`

/** Packages whose program is nowhere on this machine. */
function missingSystemPackages(forTests) {
  const isThere = (program) => programFolders.some((folder) => existsSync(`${folder}/${program}`))
  const isMissing = (name) => ![programOf[name], ...(alternatives[name] ?? [])].some(isThere)
  return Object.keys(forTests ? programOf : networkPrograms).filter(isMissing)
}

/**
 * Install what is missing, where that is possible: Debian or Ubuntu, as root. Elsewhere throw, saying what to install.
 * @param {{ quiet?: boolean, forTests?: boolean }} [options] quiet: print no progress; forTests: also what only tests need
 * @returns {Promise<string[]>} the packages it installed
 */
export async function ensureSystemPackages({ quiet = false, forTests = false } = {}) {
  const missing = missingSystemPackages(forTests)
  if (missing.length === 0) return []
  const byHand = `apt-get update && apt-get install --no-install-recommends -y ${missing.join(' ')}`
  if (process.platform !== 'linux')
    throw new Error(
      `${forTests ? 'These tests' : 'Real WireGuard networks'} need Linux; this is ${process.platform}. In a Debian container or virtual machine: ${byHand}`,
    )
  if (!existsSync('/usr/bin/apt-get'))
    throw new Error(
      `Install the programs ${missing.map((name) => programOf[name]).join(', ')} with this system's package manager. On Debian they are: ${missing.join(' ')}`,
    )
  if (process.getuid() !== 0) throw new Error(`Missing: ${missing.join(', ')}. Only root can install: sudo sh -c '${byHand}'`)

  const forbade = forbidServices()
  const allowAgain = () => forbade && rmSync(servicePolicy, { force: true })
  process.once('exit', allowAgain)
  try {
    await aptGet('Reading package lists', ['update'], quiet)
    // Without recommendations: wireguard-tools otherwise brings a kernel along.
    await aptGet(`Installing ${missing.join(', ')}`, ['install', '--no-install-recommends', '--yes', ...missing], quiet)
  } finally {
    process.off('exit', allowAgain)
    allowAgain()
  }
  const still = missingSystemPackages(forTests)
  if (still.length > 0)
    throw new Error(
      `apt-get installed ${missing.join(', ')} without an error, but ${still.map((name) => programOf[name]).join(', ')} cannot be found in ${programFolders.join(':')}`,
    )
  return missing
}

/** Whether we forbade it and so must allow it again; a policy somebody else made stays. */
function forbidServices() {
  if (existsSync(servicePolicy) && !readFileSync(servicePolicy, 'utf8').includes(servicePolicyMark)) return false
  writeFileSync(servicePolicy, servicePolicyText, { mode: 0o755 })
  return true
}

function aptGet(title, args, quiet) {
  const startedAt = Date.now()
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`
  const isTerminal = process.stdout.isTTY
  const say = (end) =>
    quiet || process.stdout.write(`${isTerminal ? '\r\x1b[K' : ''}${title} … ${end}${isTerminal && end.endsWith(' s') ? '' : '\n'}`)
  return new Promise((resolve, reject) => {
    const child = spawn(
      'apt-get',
      ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0', '-o', 'Dpkg::Options::=--force-confold', ...args],
      {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1', LC_ALL: 'C.UTF-8' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    say('')
    const timer = setInterval(() => say(seconds()), isTerminal ? 1000 : 10_000)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = (output + chunk).slice(-50_000)))
    child.on('error', (error) => settle(error.message))
    child.on('close', (code, signal) =>
      settle(
        code === 0 ? '' : `apt-get ${args.join(' ')} ended with ${code ?? signal}:\n${output.trimEnd().split('\n').slice(-30).join('\n')}`,
      ),
    )

    function settle(fault) {
      clearInterval(timer)
      say(`${fault ? 'failed after' : 'done,'} ${seconds()}`)
      if (!quiet && isTerminal) process.stdout.write('\n')
      if (fault) reject(new Error(fault))
      else resolve(undefined)
    }
  })
}
