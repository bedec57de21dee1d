import { createHash } from 'node:crypto'
import { DriverError } from './driver.ts'

/** A pinned SSH host key. */
export type HostKeyPin = {
  /** Host key algorithms to offer, so that the server shows the pinned kind; undefined when a fingerprint hides the kind. */
  algorithms: string[] | undefined
  /** Tell whether the key the server shows is the pinned one. */
  matches(key: Buffer): boolean
}

const fingerprint = /^SHA256:([A-Za-z0-9+/]{43})=?$/
const publicLine = /^([a-z0-9@.-]{1,60}) ([A-Za-z0-9+/]{20,4000}={0,2})( [^\r\n]*)?$/

/**
 * Read a pin: an OpenSSH public key line (`ssh-ed25519 AAAA…`) or a fingerprint (`SHA256:…`).
 * Throws {@link DriverError} `failed` for anything else, an empty text included: there is no way to trust any key.
 * @example parseHostKey('ssh-ed25519 AAAAC3Nza…').matches(key)
 */
export function parseHostKey(text: string): HostKeyPin {
  const [, hash] = fingerprint.exec(text.trim()) ?? []
  if (hash !== undefined) return { algorithms: undefined, matches: (key) => sha256(key) === hash }
  const [, kind = '', encoded = ''] = publicLine.exec(text.trim()) ?? []
  const pinned = Buffer.from(encoded, 'base64')
  // The blob repeats its kind behind a length; a line whose halves disagree was put together wrongly.
  if (kind === '' || pinned.length < 4 + kind.length || pinned.subarray(4, 4 + kind.length).toString() !== kind) {
    throw new DriverError(
      'failed',
      'The host key must be an OpenSSH public key line or SHA256: fingerprint (see `ssh-keyscan` on the server itself).',
    )
  }
  return { algorithms: kind === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [kind], matches: (key) => key.equals(pinned) }
}

function sha256(key: Buffer): string {
  return createHash('sha256').update(key).digest('base64').replace('=', '')
}
