import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PacketRules, PeerSpec } from '../driver.ts'
import { generateKeyPair } from '../keys.ts'
import { decodeDump, decodeHello, encodeApply, encodeDump, encodeHello, encodeSave } from '../protocol.ts'
import { encodeRules } from '../rules-protocol.ts'
import { agentPath, createWireGuardNamespace, realToolsOrSkip, type WireGuardNamespace } from '../testing/namespace.ts'

const isReal = realToolsOrSkip()
/** CRASH_POINTS=all kills at every one; unset, at so many of them in each case. */
const wanted = process.env['CRASH_POINTS'] === 'all' ? Number.POSITIVE_INFINITY : Number(process.env['CRASH_POINTS'] ?? 12)

const newPeer = (allowedIps: string[]): PeerSpec => ({ publicKey: generateKeyPair().publicKey, allowedIps })
const [kept, leaving, moving, coming] = ['10.8.0.2/32', '10.8.0.3/32', '10.8.0.4/32', '10.8.0.5/32'].map((network) => newPeer([network]))
const moved = moving && { ...moving, allowedIps: ['10.8.0.9/32'] }
const only = (peers: Array<PeerSpec | undefined>): PeerSpec[] => peers.filter((peer) => peer !== undefined)
const rulesOf = (groups: string[][]): PacketRules => ({ pools: ['10.8.0.0/16'], nameServers: ['10.8.0.1'], groups })
/** What the server holds, and what it is told to hold while it is killed. */
const before = { peers: only([kept, leaving, moving]), rules: rulesOf([['10.8.0.2/32', '10.8.0.3/32']]) }
const cases = {
  'its sets filled anew': [['10.8.0.2/32', '10.8.0.5/32']],
  // The first network among single addresses makes the set one of another kind.
  'its table made anew': [['10.8.0.2/32', '10.8.4.0/24']],
}
/** As it is written where the listing of what was loaded is what was killed. */
const unlisted = (text = '') => text.replace(/^# loaded \w+$/m, '# loaded unavailable')
const asMap = (peers: PeerSpec[]) => Object.fromEntries(peers.map(({ publicKey, allowedIps }) => [publicKey, allowedIps.join()]))

let space: WireGuardNamespace
let fence = 0n
const agent = (input: string): string =>
  space.run(['sh', agentPath, space.interfaceName], { input, mayFail: true }).replace('cvault-agent 2 ready\n', '')
/** Rules, removals and additions, and both boot files: everything a lane has an agent write, under a fence of its own. */
function allOf({ peers, rules }: typeof before, old: PeerSpec[]): string {
  const batch = { fence: ++fence, sequence: 1n, generation: fence }
  const remove = old.map(({ publicKey }) => publicKey).filter((key) => !peers.some(({ publicKey }) => publicKey === key))
  return (
    encodeRules(1, { ...rules, fence, sequence: 2n }).text +
    encodeApply(2, { ...batch, sequence: 3n, remove, upsert: peers }).text +
    encodeSave(3, { fence, peers })
  )
}
const peersNow = () =>
  asMap(decodeDump(1, agent(encodeDump(1))).peers.map(({ publicKey, allowedIps }) => ({ publicKey, allowedIps: [...allowedIps] })))
const rulesNow = () => decodeHello(1, agent(encodeHello(1)), space.interfaceName).rules
const etc = () => join(space.folder, 'etc')
const filesNow = () => ['peers.conf', 'rules.nft'].map((end) => readFileSync(join(etc(), `${space.interfaceName}.${end}`), 'utf8'))

describe.runIf(isReal)('an agent that is killed', () => {
  beforeAll(async () => {
    space = await createWireGuardNamespace()
  })
  afterAll(() => space.close())

  it.each(Object.entries(cases))(
    'at any system call, %s, leaves the old or the new of everything, and the next one finishes',
    (_, groups) => {
      const after = { peers: only([kept, moved, coming]), rules: rulesOf(groups) }
      const reach = (state: typeof before, old: PeerSpec[]) => {
        expect(agent(allOf(state, old))).toContain('saved')
        expect(peersNow()).toEqual(asMap(state.peers))
        expect(readdirSync(etc()).sort()).toEqual([`${space.interfaceName}.peers.conf`, `${space.interfaceName}.rules.nft`])
        return { rules: rulesNow(), files: filesNow() }
      }
      // Twice, so that what is remembered of each is what a second look at it says.
      const [was, is] = [reach(before, after.peers), reach(after, before.peers)]
      const log = join(space.folder, 'strace')
      const traced = (...inject: string[]) =>
        space.run(['strace', '-f', '-qq', '-o', log, ...inject, 'sh', agentPath, space.interfaceName], {
          input: allOf(after, before.peers),
          mayFail: true,
        })
      reach(before, after.peers)
      expect(traced()).toContain('saved')
      // A call that another's line interrupts has a second one, which begins with dots; signals are no calls.
      const callers = [...readFileSync(log, 'utf8').matchAll(/^(\d+) +[a-z]\w*\(/gm)].map(([, pid]) => pid)
      const total = callers.filter((pid) => pid === callers[0]).length // the shell's own; what it starts counts for itself
      rmSync(log)
      expect(total).toBeGreaterThan(200)

      const points = Math.min(wanted, total)
      const seen = { peers: new Set<string>(), rules: new Set<string | null>(), files: new Set<string>() }
      for (let place = 0; place < points; place++) {
        const point = 1 + Math.floor(((place + 0.5) * total) / points)
        reach(before, after.peers)
        traced('-e', `inject=all:signal=KILL:when=${point}`)
        const what = `killed at call ${point} of ${total}`

        const peers = peersNow()
        const known = [asMap(before.peers), asMap(after.peers)]
        for (const [key, networks] of Object.entries(peers)) {
          // A peer that goes is first left without addresses: nothing reaches it, and nobody else's address is taken twice.
          expect([known[0]?.[key], known[1]?.[key], ''], what).toContain(networks)
        }
        expect(peers[kept?.publicKey ?? ''], `${what}: a peer nobody spoke of`).toBe('10.8.0.2/32')
        const networks = Object.values(peers).filter((each) => each !== '')
        expect(new Set(networks).size, `${what}: an address twice`).toBe(networks.length)
        const rules = rulesNow()
        expect([was.rules, is.rules], `${what}: rules`).toContain(rules)
        filesNow().forEach((text, file) => {
          expect([was.files[file], is.files[file], unlisted(is.files[file])], `${what}: boot file`).toContain(text)
          seen.files.add(`${file} ${text !== was.files[file]}`)
        })
        seen.peers.add(JSON.stringify(peers))
        seen.rules.add(rules)

        expect(reach(after, before.peers).rules, `${what}: the next agent`).toBe(is.rules)
      }
      // The kills fell before, between and after what is written.
      expect(seen.rules.size).toBe(2)
      expect(seen.files.size).toBe(4)
      expect(seen.peers.size).toBeGreaterThanOrEqual(2)
    },
    3_600_000,
  )
})
