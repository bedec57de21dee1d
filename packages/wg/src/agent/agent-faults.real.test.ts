import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PeerSpec } from '../driver.ts'
import { generateKeyPair, generatePresharedKey } from '../keys.ts'
import { decodeApply, decodeDump, encodeApply, encodeDump, encodeHello, encodeSave } from '../protocol.ts'
import { injectionCorpus } from '../testing/behaviour.ts'
import { agentPath, createWireGuardNamespace, realToolsOrSkip, type WireGuardNamespace } from '../testing/namespace.ts'

const isReal = realToolsOrSkip()
let space: WireGuardNamespace
let name: string
let fence = 0n

const newPeer = (allowedIps: string[], presharedKey?: string): PeerSpec => ({
  publicKey: generateKeyPair().publicKey,
  allowedIps,
  ...(presharedKey && { presharedKey }),
})
/** What the agent says to these requests, given to it at once. */
function agent(input: string, { shell = ['sh'], env = {} }: { shell?: string[]; env?: NodeJS.ProcessEnv } = {}): string {
  return space.run([...shell, agentPath, name], { input, env, mayFail: true })
}
/** An apply under a fence of its own. */
function applyText(change: { remove?: string[]; upsert?: PeerSpec[]; readBack?: boolean }) {
  return encodeApply(1, { fence: ++fence, sequence: 1n, generation: 1n, remove: [], upsert: [], ...change })
}
function apply(change: Parameters<typeof applyText>[0], options?: Parameters<typeof agent>[1]) {
  const request = applyText(change)
  return decodeApply(1, agent(request.text, options).replace('cvault-agent 2 ready\n', ''), request)
}
const rawApply = (lines: string[]) => {
  const body = `${[...lines, `end ${lines.length}`].join('\n')}\n`
  return `1 apply ${++fence} 1 1 1 ${Buffer.byteLength(body)}\n${body}`
}
const dump = () => decodeDump(1, agent(encodeDump(1)).replace('cvault-agent 2 ready\n', ''))
const bootFile = () => join(space.folder, 'etc', `${name}.peers.conf`)

describe.runIf(isReal)('the agent script', () => {
  beforeAll(async () => {
    space = await createWireGuardNamespace()
    name = space.interfaceName
    mkdirSync(join(space.folder, 'busybox'))
    for (const tool of space.run(['busybox', '--list']).trim().split('\n'))
      if (!/^(sh|ip)$/.test(tool)) symlinkSync('/usr/bin/busybox', join(space.folder, 'busybox', tool))
    // A wg that refuses one key, as a newer or older kernel might.
    mkdirSync(join(space.folder, 'picky'))
    writeFileSync(
      join(space.folder, 'picky', 'wg'),
      '#!/bin/sh\n[ "$1" = addconf ] || exec /usr/bin/wg "$@"\ntext=$(cat)\ncase $text in *"$POISON"*) exit 1 ;; esac\nprintf "%s\\n" "$text" | exec /usr/bin/wg "$1" "$2" /dev/stdin\n',
      { mode: 0o755 },
    )
  })
  afterAll(() => space.close())
  beforeEach(() => {
    const keys = dump().peers.map((peer) => peer.publicKey)
    if (keys.length > 0) apply({ remove: keys })
  })

  it('judges every line again, alike in dash, bash and busybox', () => {
    const [key, psk] = [generateKeyPair().publicKey, generatePresharedKey()]
    const bad = [
      'peer',
      `peer ${key}`,
      `peer ${key} -`,
      `peer ${key} - 10.0.0.1/32 x`,
      `peer  ${key} - -`,
      `peer\t${key} - -`,
      `peer ${key} - - `,
      `peer ${key.slice(1)} - -`,
      `peer ${'A'.repeat(43)}= - -`,
      `peer ${key.replace(/.=$/, 'B=')} - -`,
      `peer ${key} ${psk.slice(1)} -`,
      `peer ${key} ${'A'.repeat(43)}= -`,
      `remove ${key.slice(1)}`,
      `remove ${key} x`,
      'remove',
      'nonsense',
      '',
      'end',
      'end x',
      '#',
      '[Peer]',
      '\u0007',
      ...[
        '10.0.0.1',
        '10.0.0.1/33',
        '10.0.0.1/',
        '10.0.0.1/032',
        '010.0.0.1/32',
        '10.0.0/24',
        '256.0.0.0/8',
        '10.1.0.2/3',
        '10.1.0.77/24',
        '0.0.0.1/0',
        '10.0.0.1/32,',
        ',10.0.0.1/32',
        '10.0.0.1/32,x',
        '1e1.0.0.0/32',
        'fd00::1/64',
        'fd00::/129',
        ':::/0',
        '1::2::3/128',
        'fd00:/16',
        ':fd00::/16',
        '1:2:3:4:5:6:7/128',
        '1:2:3:4:5:6:7:8:9/128',
        '1:2:3:4:5:6:7::8:9/128',
        '12345::/128',
        'FD00::/16',
        'fe80::1%eth0/128',
        '::ffff:1.2.3.4/128',
        '8000::/0',
      ].map((ips) => `peer ${key} - ${ips}`),
      ...injectionCorpus
        .filter((text) => !/[\n\0]/.test(text))
        .flatMap((text) => [`peer ${text} - -`, `peer ${key} - ${text}x`, `remove ${text}x`]),
    ]
    const good = [
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/9,fc00::/7',
      '1:2:3:4:5:6:7:8/128',
      '::1/128',
      '1::/16',
      'fd00::8000:0/97',
      '255.255.255.255/32,128.0.0.0/1',
    ].map((ips) => `peer ${generateKeyPair().publicKey} ${psk} ${ips}`)
    const answers = [['dash'], ['bash'], ['busybox', 'ash']].map((shell) => {
      const env = shell[0] === 'busybox' ? { PATH: `${join(space.folder, 'busybox')}:/usr/bin` } : {}
      const text = agent(rawApply([...bad, ...good]), { shell, env })
      const lines = text.split('\n')
      expect([shell, lines.filter((line) => line.startsWith('rejected ')).length]).toEqual([shell, bad.length])
      expect(lines.filter((line) => line.startsWith('present ')).length).toBe(good.length)
      // Which fault is named first may differ (busybox counts a carriage return as space); what is refused may not.
      return lines.flatMap((line) => /^rejected \S+/.exec(line)?.[0] ?? []).sort()
    })
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect(readdirSync('/tmp').filter((file) => file.startsWith('cvault-canary'))).toEqual([])
  })

  it('does nothing with a body that is cut short, too long or miscounted', () => {
    const request = rawApply([`peer ${generateKeyPair().publicKey} - 10.0.0.1/32`])
    const head = request.indexOf('\n') + 1
    for (let cut = head; cut < request.length - 1; cut += 3)
      expect(agent(request.slice(0, cut))).toMatch(/^cvault-agent 2 ready\nerror protocol /)
    for (const text of [
      request.replace('end 1', 'end 2'),
      request.replace('end 1\n', 'end 1 '),
      request.replace(/ [0-9]+\n/, ' 9\n'),
      request.replace('peer ', 'end 0\npeer '),
    ])
      expect(agent(text)).toContain('error protocol')
    for (const text of [
      'hello',
      'x hello',
      '1 nothing',
      '1 apply 1 1',
      '1 apply 1 1 1 1 x',
      '1 apply -1 1 1 1 6',
      `1 apply ${'9'.repeat(19)} 1 1 1 6`,
      '$(id) hello',
    ])
      expect(agent(`${text}\n`)).toContain('error protocol')
    expect(dump().peers).toEqual([])
  })

  it('lets no peer that wg refuses block the others', () => {
    const peers = Array.from({ length: 9 }, (_, index) => newPeer([`10.0.0.${index}/32`]))
    const poison = peers[4]?.publicKey ?? ''
    for (const readBack of [true, false]) {
      const result = apply(
        { upsert: peers, readBack },
        { env: { PATH: `${join(space.folder, 'picky')}:${process.env['PATH']}`, POISON: poison } },
      )
      expect(result.rejected).toEqual([{ publicKey: poison, reason: 'wg refused this peer' }])
      expect(result.present).toHaveLength(8)
    }
    expect(dump().peers).toHaveLength(8)
  })

  it('leaves the counters of other peers alone and reports the last ones of a removed peer', async () => {
    const [kept, leaving] = [newPeer(['10.0.0.1/32']), newPeer(['10.0.0.2/32'])]
    apply({ upsert: [kept, leaving] })
    space.run(['ip', 'link', 'set', name, 'up'])
    // Handshakes nobody answers are bytes sent.
    for (const peer of [kept, leaving])
      space.run(['wg', 'set', name, 'peer', peer.publicKey, 'endpoint', '127.0.0.1:9', 'persistent-keepalive', '1'])
    await expect.poll(() => dump().peers.every((peer) => peer.txBytes > 0n), { timeout: 5000, interval: 100 }).toBe(true)
    const before = dump().peers.find((peer) => peer.publicKey === leaving.publicKey)?.txBytes ?? 0n
    let last = 0n
    for (let round = 0; round < 15; round++) {
      const passer = newPeer([`10.0.1.${round}/32`])
      apply({ upsert: [passer, { ...kept, allowedIps: [`10.0.2.${round}/32`] }] })
      apply({ remove: [passer.publicKey] })
      const now = dump().peers.find((peer) => peer.publicKey === kept.publicKey)?.txBytes ?? 0n
      expect(now).toBeGreaterThanOrEqual(last > 0n ? last : 1n)
      last = now
    }
    const { removed } = apply({ remove: [leaving.publicKey] })
    expect(removed).toMatchObject([{ publicKey: leaving.publicKey, rxBytes: 0n, latestHandshakeAt: null }])
    expect(removed[0]?.txBytes).toBeGreaterThanOrEqual(before)
    expect(space.run(['wg', 'show', name, 'private-key'])).toBe(readFileSync(join(space.folder, 'key'), 'utf8'))
    expect(space.run(['wg', 'show', name, 'listen-port'])).toBe('51820\n')
  })

  it('shows no key in any argument list but the public keys of removals', () => {
    const [old, secret] = [newPeer(['10.0.0.1/32']), newPeer(['10.0.0.2/32'], generatePresharedKey())]
    apply({ upsert: [old] })
    const log = join(space.folder, 'strace')
    const privateKey = readFileSync(join(space.folder, 'key'), 'utf8').trim()
    const requests = [
      encodeHello(1),
      applyText({ remove: [old.publicKey], upsert: [secret] }).text,
      encodeDump(1),
      encodeSave(1, { fence, peers: [secret] }),
    ]
    const said = space.run(['strace', '-f', '-s', '65536', '-e', 'trace=execve', '-o', log, 'sh', agentPath, name], {
      input: requests.join(''),
    })
    expect(said).toContain('saved')
    for (const hidden of [secret.presharedKey ?? '', privateKey]) expect(said).not.toContain(hidden)
    const calls = readFileSync(log, 'utf8')
    expect(calls).toContain('addconf')
    for (const hidden of [secret.publicKey, secret.presharedKey ?? '', privateKey]) expect(calls).not.toContain(hidden)
    const naming = calls.split('\n').filter((line) => line.includes(old.publicKey))
    expect(naming.length).toBeGreaterThan(0)
    for (const line of naming) expect(line).toMatch(/set.*remove/)
    expect(calls).not.toMatch(/setconf|syncconf|wg-quick|showconf/)
  })

  it('saves a boot file that only root reads and wg accepts', async () => {
    const peers = [newPeer(['10.0.0.1/32', 'fd00::1/128'], generatePresharedKey()), newPeer([]), newPeer(['10.0.0.2/32'])]
    expect(agent(encodeSave(1, { fence: ++fence, peers }))).toContain('saved')
    expect(statSync(bootFile()).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(space.folder, 'etc'))).toEqual([`${name}.peers.conf`])
    space.run(['wg', 'addconf', name, bootFile()])
    const held = dump().peers
    expect(new Map(held.map((peer) => [peer.publicKey, peer.hasPresharedKey]))).toEqual(
      new Map(peers.map((peer) => [peer.publicKey, peer.presharedKey !== undefined])),
    )
    expect(readFileSync(bootFile(), 'utf8')).not.toContain('[Interface]')
  })

  it('leaves the old or the new boot file when killed at any moment', async () => {
    const sets = [3, 400].map((count, set) =>
      Array.from({ length: count }, (_, index) => newPeer([`10.${set}.${index >> 8}.${index & 255}/32`])),
    )
    const [small = [], large = []] = sets
    const whole = sets.map((peers) => {
      agent(encodeSave(1, { fence: ++fence, peers }))
      return readFileSync(bootFile(), 'utf8')
    })
    const seen = new Set<number>()
    for (let round = 0; round < 40; round++) {
      const killed = space.start(['setsid', 'sh', agentPath, name])
      const exit = new Promise((resolve) => killed.once('exit', resolve))
      killed.stdin?.on('error', () => {})
      const ready = new Promise((resolve) => killed.stdout?.once('data', resolve))
      await ready
      killed.stdin?.write(encodeSave(1, { fence, peers: round % 2 ? large : small }))
      await new Promise((resolve) => setTimeout(resolve, (round % 20) * 5))
      if (killed.pid) process.kill(-killed.pid, 'SIGKILL')
      await exit
      const now = whole.indexOf(readFileSync(bootFile(), 'utf8'))
      expect(now).toBeGreaterThanOrEqual(0)
      seen.add(now)
    }
    expect(seen.size).toBe(2)
    expect(agent(encodeSave(1, { fence, peers: small }))).toContain('saved')
    expect(readdirSync(join(space.folder, 'etc'))).toEqual([`${name}.peers.conf`])
  })

  it('keeps the old boot file on a full disk and says so', () => {
    const etc = join(space.folder, 'etc')
    space.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', etc])
    const few = encodeSave(1, { fence: ++fence, peers: [newPeer(['10.0.0.1/32'])] })
    expect(agent(few)).toContain('saved')
    const old = space.run(['cat', bootFile()])
    const many = Array.from({ length: 12_000 }, (_, index) => newPeer([`10.1.${index >> 8}.${index & 255}/32`]))
    const said = agent(encodeSave(1, { fence, peers: many }) + few.replace('1 save', '2 save'))
    expect(said).toMatch(/error failed cannot write .*disk full[^]*\nsaved\nend 2 /)
    expect(said.match(/saved/g)).toHaveLength(1)
    expect(space.run(['cat', bootFile()])).toBe(old)
    expect(space.run(['ls', '-A', etc])).toBe(`${name}.peers.conf\n`)
    space.run(['umount', etc])
  })

  it('remembers its fence over kills, and stops at a damaged state', async () => {
    const killed = space.start(['setsid', 'sh', agentPath, name])
    const late = applyText({ upsert: Array.from({ length: 300 }, (_, index) => newPeer([`10.3.${index >> 8}.${index & 255}/32`])) })
    killed.stdin?.on('error', () => {}).write(late.text)
    await new Promise((resolve) => setTimeout(resolve, 25))
    if (killed.pid) process.kill(-killed.pid, 'SIGKILL')
    expect(apply({ upsert: [newPeer(['10.4.0.1/32'])] }).present).toHaveLength(1)
    expect(agent(late.text)).toContain('error fenced')
    const state = join(space.folder, 'state', `${name}.state`)
    const good = readFileSync(state)
    expect(good).toHaveLength(57)
    writeFileSync(state, 'what is this')
    expect(agent(encodeHello(1))).toContain('error failed the state file')
    expect(agent(applyText({}).text)).toContain('error failed the state file')
    writeFileSync(state, good)
  })

  it('says at once what it cannot work with', () => {
    const bare = join(space.folder, 'bare')
    mkdirSync(bare)
    expect(
      space.run(['sh', '-c', `sed 's|^PATH=.*|PATH=${bare}|' "$1" >"$2"; sh "$2" "$3"`, 'sh', agentPath, join(bare, 'agent.sh'), name], {
        mayFail: true,
      }),
    ).toContain('failed the command')
    for (const bad of ['', '-h', '..', 'all', 'interfaces', 'wg0;id', 'a'.repeat(16), 'wg 0', 'wg0\n', '../x'])
      expect(space.run(['sh', agentPath, bad], { mayFail: true })).toBe('cvault-agent 2 failed the interface name is not valid\n')
    expect(agent('', { env: { CVAULT_STATE_DIR: '/proc/nowhere' } })).toBe('cvault-agent 2 failed cannot write in /proc/nowhere\n')
    expect(existsSync('/proc/nowhere')).toBe(false)
  })
})
