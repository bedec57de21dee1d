import { accessSync, constants, existsSync } from 'node:fs'
import { cleanEnv, runCommand } from './run-command.ts'

/** Which Debian package holds each program. */
const packageOf: Record<string, string> = {
  wg: 'wireguard-tools',
  'wg-quick': 'wireguard-tools',
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-server',
  ip: 'iproute2',
  nft: 'nftables',
  sysctl: 'procps',
  pkill: 'procps',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  bash: 'bash',
}

/** Say in one message what keeps this machine from running real networks and how to get it; null when nothing does. */
export async function missingRequirements(): Promise<string | null> {
  if (process.platform !== 'linux')
    return `Real WireGuard networks need Linux; this is ${process.platform}. Use a Linux virtual machine or container.`
  if (process.getuid?.() !== 0)
    return 'Real WireGuard networks need root, since they make network namespaces. Run the same command with sudo.'
  const programs = Object.keys(packageOf).filter((program) => !findProgram(program))
  const isolated = findProgram('unshare') && findProgram('ip') ? await canIsolate() : ''
  if (isolated) return `This system does not let root make namespaces (${isolated}). In a container, start it with --privileged.`
  const hasKernelWireguard = findProgram('ip') && (await kernelHasWireguard())
  if (!hasKernelWireguard && !findProgram('wireguard-go')) programs.push('wireguard-go')
  if (programs.length > 0) {
    const packages = [...new Set(programs.map((program) => packageOf[program] ?? program))].sort()
    return `Real WireGuard networks need ${programs.join(', ')}. Install: apt-get update && apt-get install --no-install-recommends -y ${packages.join(' ')}`
  }
  if (!hasKernelWireguard && !canOpenTun()) {
    return 'The kernel has no WireGuard and /dev/net/tun cannot be used. Load one: modprobe wireguard || modprobe tun. In a container: --device /dev/net/tun --cap-add NET_ADMIN.'
  }
  return null
}

/** Throw that message unless real networks can run here. */
export async function requireRealNetworks(): Promise<void> {
  const missing = await missingRequirements()
  if (missing) throw new Error(missing)
}

function findProgram(program: string): boolean {
  return (cleanEnv.PATH ?? '').split(':').some((directory) => existsSync(`${directory}/${program}`))
}

async function canIsolate(): Promise<string> {
  const result = await runCommand(['unshare', '--mount', '--net', '--pid', '--ipc', '--fork', 'mount', '-t', 'tmpfs', 'cvault-lab', '/run'])
  return result.code === 0 ? '' : result.stderr.trim() || 'unshare failed'
}

/** Tried in a namespace of its own, so that the host never has the interface. */
async function kernelHasWireguard(): Promise<boolean> {
  return (await runCommand(['unshare', '--net', 'ip', 'link', 'add', 'wgtry', 'type', 'wireguard'])).code === 0
}

function canOpenTun(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
