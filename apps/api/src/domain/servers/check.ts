import { AddressError } from '@cvault/wg/address'
import { formatEndpointHost } from '@cvault/wg/client-config'
import type { AgentHello } from '@cvault/wg/driver'
import { DriverError } from '@cvault/wg/driver'
import { parseHostKey } from '@cvault/wg/host-key'
import { KeyError, parsePublicKey } from '@cvault/wg/keys'
import type { ServerAddress } from '../../dataplane/open-driver.ts'
import { openDriver } from '../../dataplane/open-driver.ts'
import type { Deps } from '../../deps.ts'
import { AppError } from '../../errors.ts'

/** Connect to a server as its lane will and hear who answers. What it says in words goes no further than this process. */
export async function checkServer(deps: Deps, address: ServerAddress, timeoutMs = 9_000): Promise<AgentHello> {
  if (!deps.env.WG_SSH_PRIVATE_KEY_PATH)
    throw checkFailed(
      'this process has no SSH key to connect with. Set WG_SSH_PRIVATE_KEY_PATH and start it again; make a key with: ssh-keygen -t ed25519 -N "" -f wg-ssh-key',
    )
  try {
    const hello = await sayHello(deps, address, timeoutMs)
    parsePublicKey(hello.publicKey)
    if (hello.rules === 'unavailable' && deps.env.REQUIRE_ISOLATION)
      throw checkFailed(
        'nft does not work there, so devices could not be kept from each other. Install it on the server: apt-get install nftables.',
      )
    if (hello.listenPort < 1) throw checkFailed(`${address.interfaceName} listens on no port. Give it a ListenPort.`)
    return hello
  } catch (error) {
    if (error instanceof AppError) throw error
    if (error instanceof KeyError)
      throw checkFailed(`the public key of ${address.interfaceName} is not a usable one. Give the interface a new private key.`, error)
    if (error instanceof DriverError) throw checkFailed(whatToCheck(error, address), error)
    throw error
  }
}

async function sayHello(deps: Deps, address: ServerAddress, timeoutMs: number): Promise<AgentHello> {
  const opening = openDriver(deps, address)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DriverError('unknown', 'The server took too long.')), timeoutMs)
  })
  try {
    return await Promise.race([opening.then((driver) => driver.hello()), late])
  } finally {
    clearTimeout(timer)
    // Also when it opens after we stopped waiting: nothing may stay connected.
    void opening.then((driver) => driver.close()).catch(() => {})
  }
}

function whatToCheck({ code }: DriverError, { host, sshPort, sshUser, interfaceName }: ServerAddress): string {
  const where = `${host}, port ${sshPort}`
  switch (code) {
    case 'unreachable':
      return `no SSH connection to ${where}. Check host and sshPort, that sshd runs there, and that its firewall lets the control plane in.`
    case 'host-key-mismatch':
      return `${where} shows another host key than hostKey. Run ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub on the server itself and compare; nothing was sent to it.`
    case 'auth-failed':
      return `${where} refuses our SSH key for user ${sshUser}, or the file at WG_SSH_PRIVATE_KEY_PATH is not a readable private key. Check sshUser and that user's authorized_keys.`
    case 'failed':
      return `the agent on ${where} cannot work with ${interfaceName}. Check that the interface is up (wg show ${interfaceName}), wireguard-tools are installed, and ${sshUser} may run wg.`
    case 'protocol':
      return `what answers on ${where} is not our agent of this version, or it serves another interface than ${interfaceName}. Check interfaceName, the installed agent, and that the login shell of ${sshUser} prints nothing by itself.`
    case 'unknown':
    case 'fenced':
      return `${where} accepted the connection and then did not answer in time. Check the server's load and the way to it, then try again.`
  }
}

const checkFailed = (why: string, cause?: unknown): AppError =>
  new AppError('SERVER_CHECK_FAILED', `The server did not pass its check, and nothing was stored: ${why}`, { cause })

/** The pin as it is stored: a line without its comment. A line that holds no key is refused before anything is dialled. */
export function cleanHostKey(hostKey: string): string {
  try {
    parseHostKey(hostKey)
  } catch (error) {
    throw new AppError(
      'VALIDATION_FAILED',
      'hostKey holds no host key. Send the whole line of /etc/ssh/ssh_host_ed25519_key.pub, or its SHA256: fingerprint.',
      {
        errors: [{ path: 'body.hostKey', message: 'is not an OpenSSH public key line or SHA256: fingerprint' }],
        cause: error,
      },
    )
  }
  return hostKey.split(' ', 2).join(' ')
}

/** Refuse an endpoint that no config can name: every registration on the server and every config of its devices would fail. */
export function assertEndpoint(field: 'publicIp' | 'host', endpoint: string): void {
  try {
    formatEndpointHost(endpoint)
  } catch (cause) {
    if (!(cause instanceof AddressError)) throw cause
    const why = 'is neither a DNS name nor an IPv4 or IPv6 address (no brackets, no final dot)'
    throw new AppError('VALIDATION_FAILED', `${field} ${why}, so devices could not be told where the server is.`, {
      errors: [{ path: `body.${field}`, message: why }],
      cause,
    })
  }
}
