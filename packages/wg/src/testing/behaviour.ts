import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InterfaceDump, PeerDriver, PeerSpec } from '../driver.ts'
import { generateKeyPair, generatePresharedKey } from '../keys.ts'

/** A server the suite can open drivers to, and break by hand. */
export type BehaviourRig = {
  openDriver(): Promise<PeerDriver>
  /** Add a peer behind the control plane's back. */
  addByHand(publicKey: string, allowedIp: string): void
  flush(): void
  /** Remove the packet rules, as someone might by hand. */
  flushRules(): void
  restartInterface(): Promise<void> | void
  presharedKeyOf(publicKey: string): string | null
  close(): Promise<void>
}

const canary = join(tmpdir(), `cvault-canary-${process.pid}`)
/** Texts that would do harm if a shell, a config file or the line protocol ever took them for more than data. */
export const injectionCorpus = [
  `$(touch ${canary})`,
  `\`touch ${canary}\``,
  `;touch ${canary}`,
  `|touch ${canary}`,
  `&& touch ${canary}`,
  `\ntouch ${canary}\n`,
  `' touch ${canary} '`,
  `" touch ${canary} "`,
  `\nPostUp = touch ${canary}`,
  `\n[Peer]\nPublicKey = ${generateKeyPair().publicKey}`,
  `\nremove ${generateKeyPair().publicKey}`,
  '\nend 0\n',
  '-o ProxyCommand=x',
  '--help',
  '*',
  '~',
  '%s%n',
  '\0',
  '\r',
  '\u2028',
  '’',
  '🙂',
  '../../etc/passwd',
  '{"a":1}',
  '',
  ' ',
  '-',
  '@',
  'all',
  '[Interface]\nPrivateKey = x',
  'A'.repeat(100_000),
]

/** Run the same statements about a driver against any server: the simulated one is held to what the real one does. */
export function describeDriverBehaviour(name: string, startRig: () => Promise<BehaviourRig>): void {
  describe(name, () => {
    let rig: BehaviourRig
    let driver: PeerDriver
    let sequence = 0n
    let identity: Pick<InterfaceDump, 'publicKey' | 'listenPort'>
    const apply = (change: { remove?: string[]; upsert?: PeerSpec[]; readBack?: boolean }) =>
      driver.apply({ fence: 5n, sequence: ++sequence, generation: sequence, remove: [], upsert: [], ...change })
    const peer = (allowedIps: string[], presharedKey?: string): PeerSpec => ({
      publicKey: generateKeyPair().publicKey,
      allowedIps,
      ...(presharedKey && { presharedKey }),
    })
    const byKey = (dump: InterfaceDump) => Object.fromEntries(dump.peers.map((one) => [one.publicKey, one]))

    beforeAll(async () => {
      rig = await startRig()
      driver = await rig.openDriver()
      const { publicKey, listenPort } = await driver.dump()
      identity = { publicKey, listenPort }
    })
    afterAll(async () => {
      await driver?.close()
      await rig?.close()
    })

    it('says who it is', async () => {
      const hello = await driver.hello()
      expect(hello).toMatchObject({ agentVersion: '2', ...identity, fence: 0n, sequence: 0n, generation: 0n, rules: 'none' })
      expect((await driver.dump()).interfaceEpoch).toBe(hello.interfaceEpoch)
      expect(hello.interfaceEpoch.startsWith(hello.bootId)).toBe(true)
    })

    it('adds peers and proves it, preshared key included', async () => {
      const psk = generatePresharedKey()
      const [plain, secret, bare] = [peer(['10.8.0.2/32', 'fd00::2/128']), peer(['10.8.0.3/32'], psk), peer([])]
      const result = await apply({ upsert: [plain, secret, bare] })
      expect(result).toMatchObject({ readBack: true, removed: [], stillPresent: [], rejected: [] })
      expect(new Map(result.present.map((one) => [one.publicKey, one.hasPresharedKey]))).toEqual(
        new Map([
          [plain.publicKey, false],
          [secret.publicKey, true],
          [bare.publicKey, false],
        ]),
      )
      const peers = byKey(await driver.dump())
      expect(peers[plain.publicKey]).toEqual({
        publicKey: plain.publicKey,
        allowedIps: expect.arrayContaining(['10.8.0.2/32', 'fd00::2/128']),
        hasPresharedKey: false,
        endpoint: null,
        latestHandshakeAt: null,
        rxBytes: 0n,
        txBytes: 0n,
      })
      expect(peers[bare.publicKey]?.allowedIps).toEqual([])
      expect(rig.presharedKeyOf(secret.publicKey)).toBe(psk)
    })

    it('replaces allowed IPs exactly, and clears a preshared key that is no longer wanted', async () => {
      const before = peer(['10.8.1.2/32', '10.8.1.3/32'], generatePresharedKey())
      await apply({ upsert: [before] })
      const result = await apply({ upsert: [{ publicKey: before.publicKey, allowedIps: ['10.8.1.4/32'] }] })
      expect(result.present).toEqual([{ publicKey: before.publicKey, allowedIps: ['10.8.1.4/32'], hasPresharedKey: false }])
      expect(rig.presharedKeyOf(before.publicKey)).toBeNull()
    })

    it('lets two peers swap addresses in one batch', async () => {
      const [a, b] = [peer(['10.8.2.1/32']), peer(['10.8.2.2/32'])]
      await apply({ upsert: [a, b] })
      await apply({
        upsert: [
          { ...a, allowedIps: ['10.8.2.2/32'] },
          { ...b, allowedIps: ['10.8.2.1/32'] },
        ],
      })
      const peers = byKey(await driver.dump())
      expect([peers[a.publicKey]?.allowedIps, peers[b.publicKey]?.allowedIps]).toEqual([['10.8.2.2/32'], ['10.8.2.1/32']])
    })

    it('removes peers, unknown ones included, before it adds others', async () => {
      const [old, next, never] = [peer(['10.8.3.1/32']), peer(['10.8.3.1/32']), peer([])]
      await apply({ upsert: [old] })
      const result = await apply({ remove: [old.publicKey, never.publicKey, old.publicKey], upsert: [next], readBack: false })
      expect(result).toMatchObject({
        readBack: true,
        removed: [],
        stillPresent: [],
        rejected: [],
        present: [{ publicKey: next.publicKey, allowedIps: ['10.8.3.1/32'] }],
      })
      const keys = Object.keys(byKey(await driver.dump()))
      expect(keys).not.toContain(old.publicKey)
      expect(keys).not.toContain(never.publicKey)
    })

    it('takes the acknowledgement for proof only when told to', async () => {
      const [one, two] = [peer(['10.8.4.1/32']), peer(['10.8.4.2/32'], generatePresharedKey())]
      const result = await apply({ upsert: [one, two, peer(['10.8.4.9/8'])], readBack: false })
      expect(result.readBack).toBe(false)
      expect(result.present).toEqual([
        { publicKey: one.publicKey, allowedIps: ['10.8.4.1/32'], hasPresharedKey: false },
        { publicKey: two.publicKey, allowedIps: ['10.8.4.2/32'], hasPresharedKey: true },
      ])
      expect(result.rejected).toHaveLength(1)
      expect(byKey(await driver.dump())[two.publicKey]?.hasPresharedKey).toBe(true)
    })

    it('refuses a stale fence or sequence and changes nothing', async () => {
      const late = peer(['10.8.5.1/32'])
      const hello = await driver.hello()
      expect(hello).toMatchObject({ fence: 5n, sequence, generation: sequence })
      for (const [fence, number] of [
        [5n, sequence],
        [5n, 1n],
        [4n, sequence + 9n],
        [0n, 0n],
      ] as const) {
        await expect(driver.apply({ fence, sequence: number, generation: 99n, remove: [], upsert: [late] })).rejects.toMatchObject({
          code: 'fenced',
        })
      }
      await expect(driver.save({ fence: 4n, peers: [] })).rejects.toMatchObject({ code: 'fenced' })
      const rules = { pools: ['10.8.0.0/16'], nameServers: [], groups: [] }
      await expect(driver.loadRules({ ...rules, fence: 5n, sequence })).rejects.toMatchObject({ code: 'fenced' })
      await expect(driver.loadRules({ ...rules, fence: 4n, sequence: sequence + 9n })).rejects.toMatchObject({ code: 'fenced' })
      expect(await driver.hello()).toEqual(hello)
      expect(byKey(await driver.dump())[late.publicKey]).toBeUndefined()
    })

    it('loads packet rules, and says by their hash what is loaded', async () => {
      const load = (groups: string[][]) =>
        driver.loadRules({ fence: 5n, sequence: ++sequence, pools: ['10.8.0.0/16', 'fd00::/48'], nameServers: ['10.8.0.1'], groups })
      const closed = await load([])
      expect(closed).toEqual({ rules: expect.stringMatching(/^[0-9a-f]{64}$/), isSaved: true, leftOut: 0 })
      expect([(await driver.hello()).rules, (await driver.dump()).rules]).toEqual([closed.rules, closed.rules])
      const open = await load([['10.8.0.2/32', '10.8.4.0/24', 'fd00::2/128'], ['10.8.0.3/32']])
      expect(open).toMatchObject({ isSaved: true, leftOut: 0 })
      expect(open.rules).not.toBe(closed.rules)
      expect((await driver.dump()).rules).toBe(open.rules)
      expect(await load([])).toEqual(closed)
      rig.flushRules()
      expect([(await driver.hello()).rules, (await driver.dump()).rules]).toEqual(['none', 'none'])
      expect(await load([])).toEqual(closed)
    })

    it('leaves out of the rules what is no network, and nothing else', async () => {
      const good = await driver.loadRules({
        fence: 5n,
        sequence: ++sequence,
        pools: ['10.8.0.0/16'],
        nameServers: [],
        groups: [['10.8.0.2/32']],
      })
      const bad = [...injectionCorpus, '10.8.0.2', '10.8.0.5/16', '::ffff:10.0.0.1/128'].filter((text) => text !== '10.8.0.2')
      const result = await driver.loadRules({
        fence: 5n,
        sequence: ++sequence,
        pools: [...bad, '10.8.0.0/16'],
        nameServers: bad,
        groups: [['10.8.0.2/32', ...bad]],
      })
      expect(result).toEqual({ rules: good.rules, isSaved: true, leftOut: 3 * bad.length })
      expect(existsSync(canary)).toBe(false)
    })

    it('never lets one poisonous peer block the others', async () => {
      const good = [peer(['10.8.6.1/32']), peer(['10.8.6.2/32'])]
      const poison: PeerSpec[] = [
        { publicKey: `${'A'.repeat(43)}=`, allowedIps: [] },
        { publicKey: identity.publicKey, allowedIps: [] },
        { publicKey: good[0]?.publicKey.replace(/.=$/, 'B=') ?? '', allowedIps: [] },
        peer(['10.8.6.77/24']),
        peer(['10.8.6.1/33']),
        peer(['::ffff:10.0.0.1/128']),
        peer(['10.8.6.1/32']),
        peer(['10.8.6.5/32'], 'not-a-key'),
        { ...good[0], allowedIps: [] } as PeerSpec,
      ]
      const result = await apply({ upsert: [...good, ...poison] })
      expect(result.present.map((one) => one.publicKey).sort()).toEqual(good.map((one) => one.publicKey).sort())
      expect(result.rejected).toHaveLength(poison.length)
      for (const { reason } of result.rejected) expect(reason).toMatch(/\w{4}/)
      expect(await driver.dump()).toMatchObject(identity)
    })

    it('holds every injection for data', async () => {
      const { peers: before } = await driver.dump()
      const attacks = injectionCorpus.flatMap((text): PeerSpec[] => [
        { publicKey: text, allowedIps: [] },
        peer([text]),
        peer([`10.8.7.1/32${text}x`]),
        peer([], text || '\n'),
        { publicKey: `${generateKeyPair().publicKey}${text}x`, allowedIps: [] },
      ])
      const result = await apply({ upsert: attacks, remove: injectionCorpus })
      expect(result.present).toEqual([])
      expect(result.rejected).toHaveLength(attacks.length + injectionCorpus.length)
      expect((await driver.dump()).peers).toHaveLength(before.length)
      expect(existsSync(canary)).toBe(false)
    })

    it('shows a foreign peer and leaves it alone', async () => {
      const foreign = generateKeyPair().publicKey
      rig.addByHand(foreign, '10.9.9.9/32')
      // WireGuard takes even this for a key when it comes by hand; it must be possible to see it and be rid of it.
      const zero = `${'A'.repeat(43)}=`
      rig.addByHand(zero, '10.9.9.8/32')
      expect(byKey(await driver.dump())[zero]).toBeDefined()
      expect(await apply({ remove: [zero] })).toMatchObject({ rejected: [], stillPresent: [] })
      expect(byKey(await driver.dump())[zero]).toBeUndefined()
      await apply({ upsert: [peer(['10.8.8.1/32'])], remove: [generateKeyPair().publicKey] })
      expect(byKey(await driver.dump())[foreign]?.allowedIps).toEqual(['10.9.9.9/32'])
      expect((await apply({ remove: [foreign] })).stillPresent).toEqual([])
    })

    it('serves a second channel, and lets the higher fence win', async () => {
      const second = await rig.openDriver()
      const [a, b] = [peer(['10.8.9.1/32']), peer(['10.8.9.2/32'])]
      const both = await Promise.all([apply({ upsert: [a] }), second.dump(), second.hello()])
      expect(both[0].present).toHaveLength(1)
      await second.apply({ fence: 6n, sequence: 1n, generation: 1n, remove: [], upsert: [b] })
      await expect(apply({ remove: [b.publicKey] })).rejects.toMatchObject({ code: 'fenced' })
      expect(byKey(await driver.dump())[b.publicKey]).toBeDefined()
      await second.close()
      await expect(second.dump()).rejects.toMatchObject({ code: 'unreachable' })
      await driver.close()
      driver = await rig.openDriver()
      const hello = await driver.hello()
      expect(hello).toMatchObject({ fence: 6n, sequence: 1n })
      expect(hello.generation).toBeGreaterThan(1n)
    })

    it('applies two thousand peers at once and shows a flush', async () => {
      const many = Array.from({ length: 2000 }, (_, index) => peer([`10.20.${index >> 8}.${index & 255}/32`]))
      const before = await driver.dump()
      const result = await driver.apply({
        fence: 6n,
        sequence: 2n,
        generation: 2n,
        remove: before.peers.map((one) => one.publicKey),
        upsert: many,
      })
      expect(result).toMatchObject({ rejected: [], stillPresent: [] })
      expect(result.present).toHaveLength(2000)
      const removal = await driver.apply({
        fence: 6n,
        sequence: 3n,
        generation: 3n,
        remove: many.slice(0, 1500).map((one) => one.publicKey),
        upsert: [],
      })
      expect(removal.stillPresent).toEqual([])
      expect((await driver.dump()).peers).toHaveLength(500)
      rig.flush()
      expect(await driver.dump()).toMatchObject({ peers: [], interfaceEpoch: before.interfaceEpoch, ...identity })
    })

    it('saves the boot file, whoever asks with a fence that is not stale', async () => {
      const kept = peer(['10.8.10.1/32'], generatePresharedKey())
      await driver.save({ fence: 6n, peers: [kept, peer(['nonsense'])] })
      await driver.save({ fence: 7n, peers: [] })
      await expect(driver.save({ fence: 6n, peers: [kept] })).rejects.toMatchObject({ code: 'fenced' })
    })

    it('shows that the interface was made anew', async () => {
      const before = await driver.hello()
      await driver.apply({ fence: 8n, sequence: 1n, generation: 1n, remove: [], upsert: [peer(['10.8.11.1/32'])] })
      await rig.restartInterface()
      const after = await driver.hello()
      expect(after).toMatchObject({ ...identity, bootId: before.bootId, fence: 8n })
      expect(after.interfaceEpoch).not.toBe(before.interfaceEpoch)
      expect((await driver.dump()).peers).toEqual([])
    })
  })
}
