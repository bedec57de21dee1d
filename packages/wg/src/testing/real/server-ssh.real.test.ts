import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Network, startNetwork } from './network.ts'
import type { RealServer } from './real-server.ts'
import { missingRequirements } from './requirements.ts'
import { runCommand } from './run-command.ts'

const missing = await missingRequirements()
if (missing) console.warn(`skipped: ${missing}`)

describe.skipIf(missing)('SSH to a real server', { timeout: 30_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cvault-lab-'))
  const key = join(folder, 'key')
  let network: Network
  let open: RealServer
  let hardened: RealServer

  beforeAll(async () => {
    await runCommand(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key])
    const authorizedKey = readFileSync(`${key}.pub`, 'utf8')
    const agentPath = join(folder, 'agent.sh')
    writeFileSync(agentPath, '#!/bin/sh\necho "agent $1 as $(id -un)"; wg show "$1" listen-port; head -c 4\n', { mode: 0o755 })
    network = await startNetwork()
    ;[open, hardened] = await Promise.all([
      network.startServer({
        name: 'open',
        authorizedKey,
        interfaceLines: ['PostUp = [ ! -e /etc/wireguard/%i.peers.conf ] || wg addconf %i /etc/wireguard/%i.peers.conf'],
      }),
      network.startServer({ name: 'hardened', authorizedKey, listenPort: 51_821, sshPort: 2222, hardened: { agentPath } }),
    ])
  }, 30_000)
  afterAll(async () => {
    await network?.stop()
    rmSync(folder, { recursive: true })
  })

  async function ssh(server: RealServer, command: string, input?: string) {
    const knownHosts = join(folder, `known-${server.name}`)
    writeFileSync(knownHosts, `[${server.host}]:${server.sshPort} ${server.hostKey}\n${server.host} ${server.hostKey}\n`)
    const options = [
      '-F',
      'none',
      '-i',
      key,
      '-p',
      String(server.sshPort),
      '-o',
      'BatchMode=yes',
      '-o',
      'ConnectTimeout=3',
      '-o',
      `UserKnownHostsFile=${knownHosts}`,
      '-o',
      'LogLevel=ERROR',
    ]
    return await runCommand(['ssh', ...options, `${server.username}@${server.host}`, command], { input })
  }

  it('runs commands in the login shell of root, inside the machine', async () => {
    const result = await ssh(open, `sh -c 'id -un; wg show "$1" public-key; cat' agent ${open.interfaceName}`, 'stdin arrives')
    expect(result).toMatchObject({ code: 0, stdout: `root\n${open.publicKey}\nstdin arrives` })
  })

  it('runs only the agent for a hardened key, as root behind a user who is not', async () => {
    const result = await ssh(hardened, 'touch /run/owned; id', '1234')
    expect(result).toMatchObject({ code: 0, stdout: `agent ${hardened.interfaceName} as root\n51821\n1234` })
    expect(hardened.username).toBe('cvault')
    expect((await hardened.exec(['ls', '/run/owned'])).code).not.toBe(0)
    expect(await hardened.sshLog()).toContain('Accepted publickey for cvault')
  })

  it('refuses another user, and shows when the host key was replaced', async () => {
    expect((await ssh({ ...open, username: 'nobody' }, 'id')).stderr).toContain('Permission denied')
    const hostKey = await open.replaceHostKey()
    expect(hostKey).not.toBe(open.hostKey)
    expect((await ssh(open, 'id')).stderr).toContain('Host key verification failed')
    open = { ...open, hostKey }
    expect((await ssh(open, 'id -u')).stdout).toBe('0\n')
  })

  it('stops sshd with its sessions and starts it again', async () => {
    const session = ssh(open, 'echo begun >/run/begun; sleep 30')
    await expect.poll(async () => (await open.exec(['test', '-e', '/run/begun'])).code, { timeout: 5_000 }).toBe(0)
    await open.stopSshd()
    expect((await session).code).not.toBe(0)
    expect((await ssh(open, 'id')).stderr).toContain('Connection refused')
    await open.startSshd()
    expect((await ssh(open, 'id')).code).toBe(0)
  })

  it('comes back from a reboot with another boot id and the peers of its boot file', async () => {
    const publicKey = (await open.exec(['wg', 'pubkey'], { input: (await open.exec(['wg', 'genkey'])).stdout })).stdout.trim()
    const bootId = async () => (await open.exec(['cat', '/proc/sys/kernel/random/boot_id'])).stdout
    const peer = `[Peer]\nPublicKey = ${publicKey}\nAllowedIPs = 10.8.0.9/32\n`
    await open.exec(['tee', `/etc/wireguard/${open.interfaceName}.peers.conf`], { input: peer })
    const before = await bootId()
    await open.reboot()
    expect(await bootId()).not.toBe(before)
    expect(await open.peers()).toMatchObject([{ publicKey, allowedIps: ['10.8.0.9/32'] }])
    await open.flushPeers()
    expect(await open.peers()).toEqual([])
    expect((await ssh(open, 'id -u')).stdout).toBe('0\n')
  })
})
