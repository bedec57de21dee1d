import { createHash } from 'node:crypto'
import { formatCidr, parseCidr } from '../address.ts'
import { isPrivateKey } from '../keys.ts'
import { AGENT_VERSION } from '../protocol.ts'
import { type SimulatedInterface, upsertSimulatedPeer } from './simulated-interface.ts'

type Plan = { lines: string[]; remove: Set<string>; upsert: Map<string, { presharedKey: string | null; allowedIps: string[] }> }

const zeroKey = `${'A'.repeat(43)}=`

/** The first line an agent says. */
export const simulatedGreeting = `cvault-agent ${AGENT_VERSION} ready\n`

/** How many bytes follow this request line. */
export function bodyBytesOf(line: string): number {
  const words = line.split(' ')
  return words[1] === 'apply' || words[1] === 'rules' || words[1] === 'save' ? Number(words.at(-1)) : 0
}

/** Answer one request as `agent.sh` does. The suite `behaviour.ts` holds the two to the same answers. */
export function answerSimulated(wg: SimulatedInterface, line: string, body: string): string {
  const [id = '0', kind, ...rest] = line.split(' ')
  const numbers = rest.map(BigInt)
  const epoch = `${wg.bootId}.${wg.index}`
  if (kind === 'hello')
    return reply(id, [
      `hello ${AGENT_VERSION} ${wg.name} ${wg.bootId} ${epoch} ${wg.publicKey} ${wg.listenPort} ${wg.fence} ${wg.sequence} ${wg.generation} ${rulesState(wg)}`,
    ])
  if (kind === 'dump') return reply(id, dump(wg, epoch))
  const bodyLines = body.split('\n').slice(0, -1)
  if (bodyLines.pop() !== `end ${bodyLines.length}`) return reply(id, ['error protocol the body is not what was announced'])
  if (kind === 'apply') return reply(id, apply(wg, epoch, numbers, bodyLines))
  if (kind === 'rules') return reply(id, loadRules(wg, numbers, bodyLines))
  if (kind === 'save') return reply(id, save(wg, numbers[0] ?? 0n, bodyLines))
  return reply(id, ['error protocol there is no such request'])
}

function reply(id: string, lines: string[]): string {
  const text = lines.map((line) => `${line}\n`).join('')
  return `${text}end ${id} ${lines.length} ${Buffer.byteLength(text)}\n`
}

function dump(wg: SimulatedInterface, epoch: string): string[] {
  const peers = [...wg.peers.values()].map(
    (peer) =>
      `peer ${peer.publicKey} ${peer.presharedKey ? 1 : 0} ${peer.endpoint ?? '-'} ${peer.allowedIps.join(',') || '-'} ${peer.handshakeSeconds} ${peer.rxBytes} ${peer.txBytes}`,
  )
  return [`interface ${epoch} ${wg.publicKey} ${wg.listenPort} ${rulesState(wg)}`, ...peers]
}

function apply(
  wg: SimulatedInterface,
  epoch: string,
  [fence = 0n, sequence = 0n, generation = 0n, readBack = 1n]: bigint[],
  body: string[],
): string[] {
  const fenced = obey(wg, fence, sequence)
  if (fenced) return [fenced]
  if (generation > wg.generation) wg.generation = generation
  const plan = readPlan(body, wg.publicKey)
  for (const key of plan.remove) {
    const peer = wg.peers.get(key)
    if (peer && (peer.rxBytes || peer.txBytes || peer.handshakeSeconds))
      plan.lines.push(`removed ${key} ${peer.rxBytes} ${peer.txBytes} ${peer.handshakeSeconds}`)
    wg.peers.delete(key)
  }
  for (const [key, peer] of plan.upsert) upsertSimulatedPeer(wg, key, peer.presharedKey, peer.allowedIps)
  const proof = readBack === 1n || plan.remove.size > 0
  const present = [...plan.upsert.keys()].flatMap((key) => wg.peers.get(key) ?? [])
  const presentLines = present.map((peer) => `present ${peer.publicKey} ${peer.presharedKey ? 1 : 0} ${peer.allowedIps.join(',') || '-'}`)
  return [`applied ${epoch} ${proof ? 1 : 0} ${wg.generation}`, ...plan.lines, ...(proof ? presentLines : [])]
}

/** Null once it is this batch's turn; what the agent says when it is not. */
function obey(wg: SimulatedInterface, fence: bigint, sequence: bigint): string | null {
  if (fence < wg.fence || (fence === wg.fence && sequence <= wg.sequence))
    return `error fenced fence ${wg.fence} sequence ${wg.sequence} was already obeyed`
  wg.fence = fence
  wg.sequence = sequence
  return null
}

function rulesState({ hasNft, rules }: SimulatedInterface): string {
  if (!hasNft) return 'unavailable'
  return rules === null ? 'none' : createHash('sha256').update(rules.join('\n')).digest('hex')
}

function loadRules(wg: SimulatedInterface, [fence = 0n, sequence = 0n]: bigint[], body: string[]): string[] {
  const fenced = obey(wg, fence, sequence)
  if (fenced) return [fenced]
  if (!wg.hasNft) return ['error failed nft is missing or refused the rules; what it had still stands']
  const isGood = (line: string) =>
    /^(pool|name|member [1-9][0-9]{0,8}) [^ ]+$/.test(line) && ipFault(line.split(' ').at(-1) ?? '', new Set()) === null
  wg.rules = [...new Set(body)].filter(isGood)
  return [`loaded ${rulesState(wg)} 1 ${body.length - wg.rules.length}`]
}

function save(wg: SimulatedInterface, fence: bigint, body: string[]): string[] {
  if (fence < wg.fence) return [`error fenced fence ${wg.fence} was already obeyed`]
  const plan = readPlan(body, '')
  if (plan.lines.length > 0 || plan.remove.size > 0) return ['error protocol the body is not what was announced']
  if (fence > wg.fence) [wg.fence, wg.sequence] = [fence, 0n]
  wg.bootFile = body.map((line) => `${line}\n`).join('')
  return ['saved']
}

function readPlan(body: string[], ownKey: string): Plan {
  const plan: Plan = { lines: [], remove: new Set(), upsert: new Map() }
  const taken = new Set<string>()
  for (const line of body) {
    const words = line.split(' ')
    const [kind, key = '', psk = '', ips = ''] = words
    const reject = (reason: string) => plan.lines.push(`rejected ${isPrivateKey(key) ? key : '-'} ${reason}`)
    if (kind === 'remove' && words.length === 2 && (isPrivateKey(key) || key === zeroKey)) plan.remove.add(key)
    else if (kind !== 'peer' || words.length !== 4) reject('the line is malformed')
    else if (!isPrivateKey(key)) reject('the public key is malformed')
    else if (key === ownKey) reject('the public key is the own key of the server')
    else if (plan.upsert.has(key)) reject('the public key is given twice in the batch')
    else if (psk !== '-' && !isPrivateKey(psk)) reject('the preshared key is malformed')
    else {
      const allowedIps = ips === '-' ? [] : ips.split(',')
      const fault = allowedIps.map((ip) => ipFault(ip, taken)).find((reason) => reason !== null)
      if (fault) reject(fault)
      else {
        plan.upsert.set(key, { presharedKey: psk === '-' ? null : psk, allowedIps })
        for (const ip of allowedIps) taken.add(ip)
      }
    }
  }
  return plan
}

function ipFault(ip: string, taken: Set<string>): string | null {
  if (taken.has(ip)) return 'an allowed IP is given twice in the batch'
  try {
    if (formatCidr(parseCidr(ip)) === ip) return null
  } catch {}
  return 'an allowed IP is not a network with host bits zero'
}
