import type { Cidr } from '@cvault/wg/address'
import { bitsOf, contains, formatCidr, parseCidr } from '@cvault/wg/address'
import { parsePublicKey } from '@cvault/wg/keys'

export type PeerRules = { serverPublicKey: string; pools: Cidr[] }
type Wanted = { publicKey: string; allowedIps: string[] }

/** Why this peer may not be sent to a server, or null. The row may have been written by anybody, so it is judged again. */
export function faultOf(peer: Wanted, rules: PeerRules): string | null {
  try {
    if (parsePublicKey(peer.publicKey) === rules.serverPublicKey) return "The public key is the server's own."
    if (peer.allowedIps.length === 0) return 'The peer has no address.'
    return peer.allowedIps.map((text) => addressFault(text, rules.pools)).find((fault) => fault !== null) ?? null
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 255) : 'The peer is not valid.'
  }
}

// One address and not a network: WireGuard would hand a whole range to whoever has it.
function addressFault(text: string, pools: Cidr[]): string | null {
  const cidr = parseCidr(text)
  if (cidr.prefixLength !== bitsOf(cidr.family)) return `${formatCidr(cidr)} is more than one address.`
  if (pools.length > 0 && !pools.some((pool) => contains(pool, cidr))) return `${formatCidr(cidr)} is in no address pool.`
  return null
}

const anyKey = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

/** Whether an interface could hold the key at all; a text it could not hold is surely not on it. */
export const canBeOnInterface = (publicKey: string): boolean => anyKey.test(publicKey)

/** Whether what a row wants and what a server has are the same set of networks, however each is written. A server lists none twice. */
export function isSameSet(left: string[], right: string[]): boolean {
  if (right.length > left.length) return false
  if (left.length === 1 && right.length === 1 && left[0] === right[0]) return true
  const [a, b] = [new Set(left.map(canonical)), new Set(right.map(canonical))]
  return a.size === b.size && [...a].every((network) => b.has(network))
}

function canonical(text: string): string {
  try {
    return formatCidr(parseCidr(text))
  } catch {
    return text
  }
}
