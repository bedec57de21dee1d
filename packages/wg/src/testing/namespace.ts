import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PeerDriver } from '../driver.ts'
import { openSshDriver, type SshDriverOptions } from '../ssh-driver.ts'
import { generateSshKeyPair } from './ssh-key.ts'

/** A real WireGuard interface (wireguard-go) in private mount and network namespaces. */
export type WireGuardNamespace = {
  interfaceName: string
  /** Private folder: `state/` and `etc/` are the agent's, the rest is the test's. */
  folder: string
  /** Environment that points an agent at `folder`. */
  env: NodeJS.ProcessEnv
  /** Run a command inside; throws with its error output unless told that failing is fine. */
  run(command: string[], options?: { input?: string; env?: NodeJS.ProcessEnv; mayFail?: boolean }): string
  /** Start a command inside. */
  start(command: string[], env?: NodeJS.ProcessEnv): ChildProcess
  /** The interface made anew with the same keys and no peers. */
  restartInterface(): Promise<void>
  close(): Promise<void>
}

export const agentPath = fileURLToPath(new URL('../agent/agent.sh', import.meta.url))
const neededTools = ['unshare', 'nsenter', 'wg', 'wireguard-go', 'nft', 'ip', '/usr/sbin/sshd', 'flock', 'strace']
let made = 0

/** Tell whether tests of the real thing run here. Missing tools fail loudly; only CVAULT_SKIP_REAL=1 skips. */
export function realToolsOrSkip(): boolean {
  if (process.env['CVAULT_SKIP_REAL'] === '1') return false
  const missing = neededTools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  if (process.getuid?.() !== 0) missing.push('root')
  if (missing.length > 0)
    throw new Error(
      `Tests of real WireGuard need ${missing.join(', ')}: apt-get install wireguard-tools wireguard-go nftables openssh-server iproute2 strace, run as root, or set CVAULT_SKIP_REAL=1.`,
    )
  return true
}

export async function createWireGuardNamespace(): Promise<WireGuardNamespace> {
  const interfaceName = `cv${process.pid % 100_000}x${made++}`
  const folder = mkdtempSync(join(tmpdir(), 'cvault-wg-'))
  const env = { PATH: process.env['PATH'], CVAULT_STATE_DIR: join(folder, 'state'), CVAULT_CONFIG_DIR: join(folder, 'etc') }
  // The interface lives as long as the pipe to this process, so a test that dies leaves nothing behind.
  const script = `set -e; mount -t tmpfs tmpfs /run; mkdir -p /run/wireguard /run/sshd; mkdir -p "$1/etc"; umask 077
    ip link set lo up; wg genkey >"$1/key"; echo $$; cat; pkill -P $$ || true`
  const holder = spawn('unshare', ['-m', '-n', 'sh', '-c', script, 'sh', folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const pid = await new Promise<string>((resolve, reject) => {
    holder.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()))
    holder.once('exit', () => reject(new Error('The namespaces could not be made; does this user have the right to?')))
  })
  const enter = ['-t', pid, '-m', '-n']
  const run: WireGuardNamespace['run'] = (command, options = {}) => {
    const done = spawnSync('nsenter', [...enter, ...command], {
      input: options.input ?? '',
      env: { ...env, ...options.env },
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    if (done.status !== 0 && !options.mayFail) throw new Error(`${command.join(' ')}: exit ${done.status} ${done.stderr}`)
    return done.stdout
  }
  const start = (command: string[], more: NodeJS.ProcessEnv = {}) =>
    spawn('nsenter', [...enter, ...command], { env: { ...env, ...more }, stdio: 'pipe' })
  let daemon: ChildProcess | undefined
  async function startInterface(): Promise<void> {
    daemon = start(['wireguard-go', '-f', interfaceName], { LOG_LEVEL: 'silent' })
    for (let tries = 0; ; tries++) {
      if (
        run(['wg', 'set', interfaceName, 'private-key', join(folder, 'key'), 'listen-port', '51820'], { mayFail: true }) !== '' ||
        run(['wg', 'show', interfaceName, 'listen-port'], { mayFail: true }).trim() === '51820'
      )
        return
      if (tries > 100) throw new Error('wireguard-go did not come up')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  async function stopInterface(): Promise<void> {
    const gone = new Promise((resolve) => daemon?.once('exit', resolve))
    run(['ip', 'link', 'del', interfaceName], { mayFail: true })
    await gone
  }
  await startInterface()
  return {
    interfaceName,
    folder,
    env,
    run,
    start,
    async restartInterface() {
      await stopInterface()
      await startInterface()
    },
    async close() {
      await stopInterface()
      const gone = new Promise((resolve) => holder.once('exit', resolve))
      holder.stdin.end()
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A real sshd in the namespaces, one process a connection, and drivers to it in both modes. */
export type NamespaceSshd = {
  options: SshDriverOptions
  openDriver(changes?: Partial<SshDriverOptions>): Promise<PeerDriver>
  /** Key that may run anything; the key in `options` for `installed` may only run the agent. */
  restrictedKey: string
  close(): Promise<void>
}

export async function startNamespaceSshd(space: WireGuardNamespace): Promise<NamespaceSshd> {
  const host = generateSshKeyPair()
  const free = generateSshKeyPair()
  const restricted = generateSshKeyPair()
  const at = (name: string) => join(space.folder, name)
  writeFileSync(at('host_key'), host.private, { mode: 0o600 })
  writeFileSync(at('authorized_keys'), `${free.public}\nrestrict,command="${agentPath} ${space.interfaceName}" ${restricted.public}\n`)
  writeFileSync(
    at('sshd_config'),
    `HostKey ${at('host_key')}\nAuthorizedKeysFile ${at('authorized_keys')}\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\nPasswordAuthentication no\nSetEnv CVAULT_STATE_DIR=${at('state')} CVAULT_CONFIG_DIR=${at('etc')} "PATH=${space.env['PATH']}"\n`,
  )
  // sshd itself runs in the namespaces, where no port can be reached, so each connection is handed over.
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    const sshd = space.start(['/usr/sbin/sshd', '-i', '-f', at('sshd_config'), '-E', '/dev/null'])
    socket.on('error', () => {}).on('close', () => sshd.stdin?.destroy())
    sshd.stdin?.on('error', () => {})
    if (sshd.stdin) socket.pipe(sshd.stdin)
    sshd.stdout?.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const options: SshDriverOptions = {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    username: 'root',
    privateKey: free.private,
    hostKey: host.public,
    interfaceName: space.interfaceName,
    agent: 'inline',
  }
  return {
    options,
    restrictedKey: restricted.private,
    openDriver: (changes) => openSshDriver({ ...options, ...changes }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
