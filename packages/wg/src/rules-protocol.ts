import { bitsOf, formatCidr, parseCidr } from './address.ts'
import type { RulesBatch, RulesResult } from './driver.ts'
import { parseCounter, parseFlag, parseRulesState, protocolError } from './dump.ts'
import { bodyOf, number, withBody } from './envelope.ts'

/** A request's text, and how many networks were left out of it because they are none: less passes than was asked, never more. */
export type EncodedRules = { text: string; leftOut: number }

/**
 * Write a `rules`.
 * @example encodeRules(3, { fence: 1n, sequence: 2n, pools: ['10.8.0.0/16'], nameServers: [], groups: [] }).text // '3 rules 1 2 23\npool 10.8.0.0/16\nend 1\n'
 */
export function encodeRules(id: number, batch: RulesBatch): EncodedRules {
  const lines = [
    ...batch.pools.map((pool) => lineOf('pool', pool)),
    ...batch.nameServers.map((address) => lineOf('name', address)),
    ...batch.groups.flatMap((group, place) => group.map((member) => lineOf(`member ${place + 1}`, member))),
  ]
  const good = lines.filter((line) => line !== null)
  return { text: withBody([id, 'rules', number(batch.fence), number(batch.sequence)], good), leftOut: lines.length - good.length }
}

/** Read a reply to `rules`. Throws {@link DriverError}. */
export function decodeRules(id: number, text: string, request: EncodedRules): RulesResult {
  const lines = bodyOf(id, text)
  const [kind, rules, isSaved, leftOut, ...rest] = (lines[0] ?? '').split(' ')
  if (lines.length !== 1 || kind !== 'loaded' || rest.length > 0) throw protocolError('it is not a rules')
  return { rules: parseRulesState(rules), isSaved: parseFlag(isSaved), leftOut: Number(parseCounter(leftOut)) + request.leftOut }
}

/** A network, or an address as the network that holds it alone, in its one spelling. */
function lineOf(kind: string, text: string): string | null {
  try {
    const network = formatCidr(parseCidr(text.includes('/') ? text : `${text}/${bitsOf(text.includes(':') ? 6 : 4)}`))
    // As for peers: the agent's spelling of IPv6 has no dots.
    return network.includes('.') && network.includes(':') ? null : `${kind} ${network}`
  } catch {
    return null
  }
}
