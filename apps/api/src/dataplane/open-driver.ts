import { readFile } from 'node:fs/promises'
import type { PeerDriver } from '@cvault/wg/driver'
import { DriverError } from '@cvault/wg/driver'
import { openSshDriver } from '@cvault/wg/ssh-driver'
import type { Env } from '../env.ts'

/** Where a server is reached and who it must be: the columns of `servers` that say so. */
export type ServerAddress = { host: string; sshPort: number; sshUser: string; hostKey: string; interfaceName: string }

const keys = new Map<string, Promise<string>>()

/** Open the one channel to a server's agent with the platform's SSH key. Throws {@link DriverError}. */
export async function openDriver(deps: { env: Pick<Env, 'WG_SSH_PRIVATE_KEY_PATH'> }, server: ServerAddress): Promise<PeerDriver> {
  return openSshDriver({
    host: server.host,
    port: server.sshPort,
    username: server.sshUser,
    hostKey: server.hostKey,
    interfaceName: server.interfaceName,
    privateKey: await readKey(deps.env.WG_SSH_PRIVATE_KEY_PATH),
    // Right for hardened servers too: a forced command runs the installed agent whatever is asked for.
    agent: 'inline',
    connectTimeoutMs: 8_000,
    requestTimeoutMs: 15_000,
  })
}

async function readKey(path: string | undefined): Promise<string> {
  if (!path)
    throw new DriverError('auth-failed', 'WG_SSH_PRIVATE_KEY_PATH is not set; make a key with: ssh-keygen -t ed25519 -N "" -f wg-ssh-key')
  const key = keys.get(path) ?? readFile(path, 'utf8')
  keys.set(path, key)
  try {
    return await key
  } catch (error) {
    keys.delete(path) // so that a key that is put there later is found
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new DriverError('auth-failed', `The SSH key at WG_SSH_PRIVATE_KEY_PATH (${path}) cannot be read: ${reason}.`, { cause: error })
  }
}
