import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, describe } from 'vitest'
import type { PacketRules, RulesResult } from '../driver.ts'
import { decodeHello, encodeHello } from '../protocol.ts'
import { decodeRules, encodeRules } from '../rules-protocol.ts'
import { injectionCorpus } from '../testing/behaviour.ts'
import { agentPath, createWireGuardNamespace, realToolsOrSkip, type WireGuardNamespace } from '../testing/namespace.ts'

const isReal = realToolsOrSkip()
let space: WireGuardNamespace
let name: string
let fence = 0n

type RunOptions = { shell?: string[]; env?: NodeJS.ProcessEnv; interfaceName?: string }
function agent(input: string, { shell = ['sh'], env = {}, interfaceName = name }: RunOptions = {}): string {
  return space.run([...shell, agentPath, interfaceName], { input, env, mayFail: true }).replace('cvault-agent 2 ready\n', '')
}
const closed: PacketRules = { pools: ['10.8.0.0/16', 'fd00::/48'], nameServers: ['10.8.0.1'], groups: [] }
const open: PacketRules = {
  ...closed,
  groups: [
    ['10.8.0.2/32', '10.8.0.3/32', 'fd00::2/128'],
    ['10.8.0.4/32', '10.100.0.0/24'],
  ],
}
/** Load rules under a fence of their own. */
function load(rules: PacketRules, options?: RunOptions): RulesResult {
  const request = encodeRules(1, { ...rules, fence: ++fence, sequence: 1n })
  return decodeRules(1, agent(request.text, options), request)
}
function rawRules(lines: string[], head = `1 rules ${++fence} 1`): string {
  const body = `${[...lines, `end ${lines.length}`].join('\n')}\n`
  return `${head} ${Buffer.byteLength(body)}\n${body}`
}
const listing = () => space.run(['nft', 'list', 'ruleset'])
const rulesNow = () => decodeHello(1, agent(encodeHello(1)), name).rules
const bootFile = () => join(space.folder, 'etc', `${name}.rules.nft`)

describe.runIf(isReal)('the packet rules of the agent', () => {
  beforeAll(async () => {
    space = await createWireGuardNamespace()
    name = space.interfaceName
    mkdirSync(join(space.folder, 'busybox'))
    for (const tool of space.run(['busybox', '--list']).trim().split('\n'))
      if (!/^(sh|ip)$/.test(tool)) symlinkSync('/usr/bin/busybox', join(space.folder, 'busybox', tool))
  })
  afterAll(() => space.close())

  it('hold nothing but networks, whatever a body says, alike in dash, bash and busybox', () => {
    const good = ['pool 10.8.0.0/16', 'member 1 10.8.0.2/32', 'member 1 10.8.0.3/32', 'member 2 10.100.0.0/24', 'name 10.8.0.1/32']
    const ends = [
      '}',
      '} drop',
      ' }; flush ruleset',
      '; flush ruleset',
      '\\',
      '", accept',
      ' : 2',
      ' . 2',
      ' # x',
      ', 0.0.0.0/0',
      '-10.9.0.0',
    ]
    const bad = [
      '',
      'pool',
      'pool ',
      'pool  10.9.0.0/16',
      'pool\t10.9.0.0/16',
      'pool 10.9.0.0/16 ',
      'pool 10.9.0.0',
      'pool 10.9.0.1/16',
      'pool 0.0.0.0/0',
      'pool ::/0',
      'pool 10.8.0.0/16',
      'name 10.9.0.0/16',
      'name example.com',
      'member 10.8.0.9/32',
      'member 0 10.8.0.9/32',
      'member -1 10.8.0.9/32',
      'member 01 10.8.0.9/32',
      'member 1e3 10.8.0.9/32',
      'member 4294967296 10.8.0.9/32',
      'member 1 @pools4',
      'member 2 10.8.0.2/32',
      'member 1 10.8.0.2/32 10.8.0.9/32',
      'member 1 ::ffff:10.8.0.9/128',
      'accept',
      'include "/etc/passwd"',
      'define x = 1',
      '# end 3',
      ...ends.flatMap((end) => [
        `pool 10.9.0.0/16${end}`,
        `member 1 10.8.0.9/32${end}`,
        `member 1${end} 10.8.0.9/32`,
        `name 10.8.0.9/32${end}`,
      ]),
      ...injectionCorpus
        .filter((text) => !/[\n\0]/.test(text) && text !== '')
        .flatMap((text) => [`pool ${text}`, `member ${text} 10.8.0.9/32`, `member 1 10.8.0.9/32${text}x`, `${text} 10.9.0.0/16`]),
    ]
    const expected = agent(rawRules(good))
    const held = listing()
    expect(expected).toMatch(/^loaded [0-9a-f]{64} 1 0\n/)
    for (const shell of [['dash'], ['bash'], ['busybox', 'ash']]) {
      const env = shell[0] === 'busybox' ? { PATH: `${join(space.folder, 'busybox')}:/usr/bin:/usr/sbin` } : {}
      // busybox takes some white space for a line's end, so the bad lines it counts may differ by those.
      const said = agent(rawRules([...good, ...bad]), { shell, env })
      expect([shell, said.split(' ').slice(0, 4).join(' ')]).toEqual([
        shell,
        `${expected.split(' ').slice(0, 3).join(' ')} ${bad.length}\nend`,
      ])
      expect(listing()).toBe(held)
    }
    expect(readdirSync('/tmp').filter((file) => file.startsWith('cvault-canary'))).toEqual([])
  })

  it('stay as they are when a body is cut short, too long or miscounted, or came too late', () => {
    const before = load(open).rules
    const obeyed = fence
    const file = readFileSync(bootFile(), 'utf8')
    const request = rawRules(['pool 10.8.0.0/16', 'member 1 10.8.0.9/32'])
    const head = request.indexOf('\n') + 1
    for (let cut = head; cut < request.length - 1; cut += 3) expect(agent(request.slice(0, cut))).toMatch(/^error protocol /)
    for (const text of [
      request.replace('end 2', 'end 3'),
      request.replace('end 2\n', 'end 2 '),
      request.replace(/ [0-9]+\n/, ' 9\n'),
      request.replace('member', 'end 1\nmember'),
      rawRules([], '1 rules 1'),
      rawRules([], '1 rules -1 1'),
      rawRules([], '1 rules x 1'),
      rawRules([], `1 rules ${'9'.repeat(19)} 1`),
    ])
      expect(agent(text)).toContain('error protocol')
    for (const [old, sequence] of [
      [obeyed, 1n],
      [obeyed - 1n, 9n],
      [0n, 9n],
    ])
      expect(agent(rawRules(['pool 10.8.0.0/16'], `1 rules ${old} ${sequence}`))).toContain('error fenced')
    expect([rulesNow(), readFileSync(bootFile(), 'utf8')]).toEqual([before, file])
  })

  it('stay as they are when nft refuses the new ones, which it does whole', () => {
    const before = load(open).rules
    // Each network is one, and together they contradict each other.
    const request = rawRules(['pool 10.8.0.0/16', 'member 1 10.8.0.0/24', 'member 2 10.8.0.7/32', 'member 3 10.8.1.1/32'])
    expect(agent(request)).toContain('error failed nft is missing or refused the rules')
    expect(rulesNow()).toBe(before)
  })

  it('show a change by hand: an element more, a chain less, a table that sleeps, nothing at all', () => {
    const table = `cvault_${name}`
    for (const change of [
      ['add', 'element', 'inet', table, 'groups4', '{ 10.8.0.77 : 2 }'],
      ['add', 'element', 'inet', table, 'members4', '{ 10.8.0.77 . 2 }'],
      ['insert', 'rule', 'inet', table, 'between', 'accept'],
      ['flush', 'chain', 'inet', table, 'outward'],
      ['add', 'table', 'inet', table, '{ flags dormant; }'],
      ['delete', 'table', 'inet', table],
      ['flush', 'ruleset'],
    ]) {
      const good = load(open).rules
      expect(rulesNow()).toBe(good)
      space.run(['nft', change.join(' ')])
      expect([change, rulesNow()]).not.toEqual([change, good])
      expect(load(open).rules).toBe(good)
    }
  })

  it('are filled in where they stand, without a packet lost, unless anything but their elements is other', () => {
    const table = `cvault_${name}`
    /** The kernel numbers what it makes; a table made anew has new numbers. */
    const made = () => space.run(['nft', '-a', 'list', 'table', 'inet', table]).match(/# handle \d+/g)
    const wider = { ...open, groups: [...open.groups, ['10.8.0.9/32', '10.101.0.0/24']] }
    const cases: [PacketRules, PacketRules, boolean][] = [
      [open, wider, true],
      [wider, { ...open, pools: ['10.8.0.0/16', 'fd01::/48'] }, true],
      [closed, { ...closed, groups: [['10.8.0.2/32', 'fd00::2/128']] }, true],
      // The first network among single addresses makes the set one of another kind.
      [closed, open, false],
    ]
    for (const [first, second, isKept] of cases) {
      space.run(['nft', 'flush', 'ruleset'])
      const fresh = load(second).rules
      load(first)
      const before = made()
      expect(load(second).rules).toBe(fresh)
      expect([first, second, made()?.join() === before?.join()]).toEqual([first, second, isKept])
    }
    // A stranger's chain would outlive a filling.
    const before = made()
    space.run(['nft', `add chain inet ${table} stranger`])
    load(open)
    expect(made()?.join()).not.toBe(before?.join())
    expect(listing()).not.toContain('stranger')
    // A filling that nft refuses leaves all of it to the old way, which refuses it too.
    const conflicting = ['pool 10.8.0.0/16', 'member 1 10.8.0.0/24', 'member 2 10.8.0.7/32', 'member 3 10.8.1.1/32']
    expect(agent(rawRules(conflicting))).toContain('error failed')
    expect(rulesNow()).toBe(load(open).rules)
  })

  it('leave every other table alone, that of another interface too', () => {
    space.run(['nft', 'add table inet others; add chain inet others c; add rule inet others c counter accept'])
    load(open)
    const names = ['wg-b.1', 'wg=0', 'wg+0', 'wg_0']
    const tables = () => space.run(['nft', 'list', 'tables']).trim().split('\n').sort()
    for (const interfaceName of names) expect(load(closed, { interfaceName }).isSaved).toBe(true)
    const all = ['inet others', ...[name, 'wg-b.1', 'wg/3d0', 'wg/2b0', 'wg_0'].map((one) => `inet cvault_${one}`)]
    expect(tables()).toEqual(all.map((table) => `table ${table}`).sort())
    const mine = rulesNow()
    for (const interfaceName of names) load(open, { interfaceName })
    expect(rulesNow()).toBe(mine)
    expect(space.run(['nft', 'list', 'table', 'inet', 'others'])).toContain('counter packets 0')
    space.run(['nft', 'flush', 'ruleset'])
  })

  it('are the old or the new ones when the agent is killed at any moment, and so is the boot file', async () => {
    const many = { ...closed, groups: [Array.from({ length: 3_000 }, (_, index) => `10.8.${index >> 8}.${index & 255}/32`)] }
    const whole = [open, many].map((rules) => ({ rules: load(rules).rules, file: readFileSync(bootFile(), 'utf8') }))
    const seen = new Set<number>()
    for (let round = 0; round < 40; round++) {
      const killed = space.start(['setsid', 'sh', agentPath, name])
      const exit = new Promise((resolve) => killed.once('exit', resolve))
      killed.stdin?.on('error', () => {})
      await new Promise((resolve) => killed.stdout?.once('data', resolve))
      killed.stdin?.write(encodeRules(1, { ...((round % 2 ? many : open) as PacketRules), fence: ++fence, sequence: 1n }).text)
      await new Promise((resolve) => setTimeout(resolve, (round % 20) * 8))
      if (killed.pid) process.kill(-killed.pid, 'SIGKILL')
      await exit
      const now = whole.findIndex(({ rules }) => rules === rulesNow())
      expect(now).toBeGreaterThanOrEqual(0)
      expect(whole.map(({ file }) => file)).toContain(readFileSync(bootFile(), 'utf8'))
      seen.add(now)
    }
    expect(seen.size).toBe(2)
    expect(load(open).rules).toBe(whole[0]?.rules)
    expect(readdirSync(join(space.folder, 'etc'))).not.toContain(`.${name}.rules.nft.draft`)
  })

  it('have a boot file that brings the very same rules back, and that only root reads', () => {
    const { rules } = load(open)
    expect(statSync(bootFile()).mode & 0o777).toBe(0o600)
    space.run(['nft', 'flush', 'ruleset'])
    expect(rulesNow()).toBe('none')
    for (const _ of ['from nothing', 'over what is there']) space.run(['nft', '-f', bootFile()])
    expect(rulesNow()).toBe(rules)
  })

  it('have no boot file rather than an old one when the disk is full', () => {
    const etc = join(space.folder, 'etc')
    space.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', etc])
    expect(load(open).isSaved).toBe(true)
    const many = { ...closed, groups: [Array.from({ length: 6_000 }, (_, index) => `10.8.${index >> 8}.${index & 255}/32`)] }
    const result = load(many)
    expect(result).toEqual({ rules: rulesNow(), isSaved: false, leftOut: 0 })
    expect(space.run(['ls', '-A', etc])).toBe('')
    expect(load(open).isSaved).toBe(true)
    space.run(['umount', etc])
  })

  it('are not to be had without nft, or where it does not work, and peers are served all the same', () => {
    const bin = join(space.folder, 'no-nft')
    mkdirSync(bin)
    const path = space.env['PATH'] ?? ''
    writeFileSync(join(bin, 'nft'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const broken = { env: { PATH: `${bin}:${path}` } }
    expect(decodeHello(1, agent(encodeHello(1), broken), name).rules).toBe('unavailable')
    expect(() => load(open, broken)).toThrow('nft is missing or refused the rules')
    expect(agent(`1 apply ${++fence} 1 1 1 6\nend 0\n`, broken)).toMatch(/^applied /)
    // The agent looks in the system's own directories too, so there it must be covered to be missing.
    const script = `mount --bind /dev/null "$(command -v nft)"; exec sh "$1" "$2"`
    const without = space.run(['unshare', '-m', 'sh', '-c', script, 'sh', agentPath, name], { input: encodeHello(1), mayFail: true })
    expect(decodeHello(1, without.replace('cvault-agent 2 ready\n', ''), name).rules).toBe('unavailable')
  })

  it('that were taken and cannot be listed are not said to be there, nor gone', () => {
    const bin = join(space.folder, 'no-list')
    mkdirSync(bin)
    const nft = space.run(['sh', '-c', 'command -v nft']).trim()
    writeFileSync(join(bin, 'nft'), `#!/bin/sh\n[ "$1 $2" = 'list table' ] && exit 1\nexec ${nft} "$@"\n`, { mode: 0o755 })
    const unlisted = { env: { PATH: `${bin}:${space.env['PATH'] ?? ''}` } }
    const fresh = load(open).rules
    expect(decodeHello(1, agent(encodeHello(1), unlisted), name).rules).toBe('unavailable')
    expect(() => load(closed, unlisted)).toThrow('does not list them')
    expect(load(open).rules).toBe(fresh)
    space.run(['nft', 'delete', 'table', 'inet', `cvault_${name}`])
    expect(decodeHello(1, agent(encodeHello(1), unlisted), name).rules).toBe('none')
  })
})
