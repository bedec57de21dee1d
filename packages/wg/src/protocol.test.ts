import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DriverError, type PeerBatch, type PeerSpec } from './driver.ts'
import { generateKeyPair, generatePresharedKey } from './keys.ts'
import {
  AGENT_VERSION,
  checkGreeting,
  decodeApply,
  decodeDump,
  decodeHello,
  decodeSave,
  encodeApply,
  encodeDump,
  encodeHello,
  encodeSave,
} from './protocol.ts'
import { isReplyComplete } from './envelope.ts'
import { decodeRules, encodeRules } from './rules-protocol.ts'
import { agentText } from './ssh-driver.ts'

const keys = Array.from({ length: 12 }, () => generateKeyPair().publicKey)
const [k0 = '', k1 = '', k2 = ''] = keys
const reply = (id: number, ...lines: string[]) => {
  const body = lines.map((line) => `${line}\n`).join('')
  return `${body}end ${id} ${lines.length} ${body.length}\n`
}
const codeOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof DriverError) return error.code
    throw error
  }
  return 'accepted'
}
const batch = (changes: Partial<PeerBatch>): PeerBatch => ({ fence: 1n, sequence: 2n, generation: 3n, remove: [], upsert: [], ...changes })
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .tuple(
      fc.constantFrom('', k0, '10.0.0.1/32'),
      fc.constantFrom('\n', '\r', ' ', '\0', '\nend 0\n', `\nremove ${k1}`, `,1.1.1.1/32 x`, ';', '$(id)', '"', "'"),
      fc.string(),
    )
    .map((parts) => parts.join('')),
)
const goodPeer: fc.Arbitrary<PeerSpec> = fc.record({
  publicKey: fc.constantFrom(...keys),
  allowedIps: fc.uniqueArray(
    fc.nat(255).map((last) => `10.0.0.${last}/32`),
    { maxLength: 2 },
  ),
  presharedKey: fc.constantFrom(undefined, generatePresharedKey()),
})
const anyPeer = fc.oneof(
  goodPeer,
  fc.record({
    publicKey: fc.oneof(nasty, fc.constantFrom(...keys)),
    allowedIps: fc.array(nasty, { maxLength: 2 }),
    presharedKey: fc.option(nasty, { nil: undefined }),
  }),
)

const hash = 'a5'.repeat(32)

/** Every line of a body is one of these; anything else would be a line somebody smuggled in. */
const bodyLine = /^(remove [A-Za-z0-9+/]{43}=|peer [A-Za-z0-9+/]{43}= (-|[A-Za-z0-9+/]{43}=) (-|[0-9a-f:./,]+))$/

it('has the version of the agent script', () => {
  const script = readFileSync(new URL('./agent/agent.sh', import.meta.url), 'utf8')
  expect(script.match(/^version=(.*)$/m)?.[1]).toBe(AGENT_VERSION)
  // OpenSSH and ssh2 carry a command in one packet; the sent script must stay well below its limit.
  expect(agentText()).toContain('\nload_rules() {\n')
  expect(agentText().length).toBeLessThan(24_000)
})

describe('requests', () => {
  it('carry exactly the peers that are valid, one line each, whatever is thrown at them', () => {
    fc.assert(
      fc.property(
        fc.array(anyPeer, { maxLength: 6 }),
        fc.array(fc.oneof(nasty, fc.constantFrom(...keys)), { maxLength: 4 }),
        (upsert, remove) => {
          const { text, accepted, rejected } = encodeApply(9, batch({ upsert, remove }))
          const [head = '', ...lines] = text.split('\n')
          expect(head).toBe(`9 apply 1 2 3 1 ${Buffer.byteLength(text) - head.length - 1}`)
          expect(lines.pop()).toBe('')
          expect(lines.pop()).toBe(`end ${lines.length}`)
          for (const line of lines) expect(line).toMatch(bodyLine)
          const removals = lines.filter((line) => line.startsWith('remove '))
          expect(lines.length - removals.length).toBe(accepted.length)
          expect(accepted.length + removals.length + rejected.length).toBe(upsert.length + new Set(remove).size)
          const ips = accepted.flatMap((peer) => peer.allowedIps)
          expect(new Set(ips).size).toBe(ips.length)
        },
      ),
    )
  })

  it('leave what is not valid out of a boot file', () => {
    fc.assert(
      fc.property(fc.array(anyPeer, { maxLength: 6 }), (peers) => {
        const lines = encodeSave(4, { fence: 8n, peers }).split('\n').slice(1, -2)
        for (const line of lines) expect(line).toMatch(bodyLine)
      }),
    )
  })

  it('write addresses in one spelling', () => {
    expect(encodeApply(1, batch({ upsert: [{ publicKey: k0, allowedIps: ['2001:DB8:0::1/128'] }] })).text).toContain(' 2001:db8::1/128\n')
  })

  it('refuse numbers the agent could not count', () => {
    for (const fence of [-1n, 10n ** 18n, 1 as unknown as bigint]) expect(codeOf(() => encodeApply(1, batch({ fence })))).toBe('failed')
    expect(encodeHello(1)).toBe('1 hello\n')
    expect(encodeDump(2)).toBe('2 dump\n')
  })
})

describe('rules', () => {
  const ruleLine = /^(pool|name|member [1-9][0-9]*) [0-9a-f:.]+\/[0-9]+$/

  it('say what may pass, a line each', () => {
    const rules = {
      fence: 1n,
      sequence: 2n,
      pools: ['10.8.0.0/16', 'FD00::/48'],
      nameServers: ['10.8.0.1', '2001:DB8::1'],
      groups: [['10.8.0.2/32', '10.100.0.0/24'], ['10.8.0.3/32']],
    }
    const { text, leftOut } = encodeRules(3, rules)
    expect(leftOut).toBe(0)
    expect(text.split('\n')).toEqual([
      `3 rules 1 2 ${Buffer.byteLength(text.slice(text.indexOf('\n') + 1))}`,
      'pool 10.8.0.0/16',
      'pool fd00::/48',
      'name 10.8.0.1/32',
      'name 2001:db8::1/128',
      'member 1 10.8.0.2/32',
      'member 1 10.100.0.0/24',
      'member 2 10.8.0.3/32',
      'end 7',
      '',
    ])
  })

  it('hold nothing but networks, whatever is thrown at them', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(nasty, fc.constant('10.8.0.0/16')), { maxLength: 6 }), (texts) => {
        const { text, leftOut } = encodeRules(4, { fence: 8n, sequence: 1n, pools: texts, nameServers: texts, groups: [texts, texts] })
        const lines = text.split('\n').slice(1, -2)
        for (const line of lines) expect(line).toMatch(ruleLine)
        expect(lines.length + leftOut).toBe(4 * texts.length)
      }),
    )
  })

  it.each(['saved', `loaded ${hash} 1`, `loaded ${hash} 1 0 0`, `loaded ${hash} 2 0`, 'loaded x 1 0', `loaded ${hash} 1 -1`])(
    'refuse %s',
    (line) => {
      expect(codeOf(() => decodeRules(7, reply(7, line), { text: '', leftOut: 0 }))).toBe('protocol')
    },
  )

  it('count what either end left out', () => {
    expect(decodeRules(7, reply(7, `loaded ${hash} 0 2`), { text: '', leftOut: 1 })).toEqual({ rules: hash, isSaved: false, leftOut: 3 })
  })
})

describe('greetings', () => {
  it('are accepted from an agent of this version only', () => {
    expect(codeOf(() => checkGreeting('cvault-agent 2 ready'))).toBe('accepted')
    expect(() => checkGreeting('cvault-agent 1 ready')).toThrow('agent version 1')
    expect(() => checkGreeting('cvault-agent 2 failed the command wg is missing')).toThrow('the command wg is missing')
    for (const line of ['', 'Welcome to Debian', 'cvault-agent 2 ready ', 'cvault-agent ready', 'cvault-agent 2 failed '])
      expect(codeOf(() => checkGreeting(line))).toBe('protocol')
  })
})

describe('replies', () => {
  const request = encodeApply(
    7,
    batch({
      upsert: [
        { publicKey: k0, allowedIps: ['10.0.0.1/32'] },
        { publicKey: k1, allowedIps: [] },
      ],
    }),
  )
  const samples: Array<[string, string, (text: string) => unknown]> = [
    ['hello', reply(7, `hello 2 wg0 b-1 b-1.2 ${k0} 51820 1 2 3 none`), (text) => decodeHello(7, text, 'wg0')],
    [
      'dump',
      reply(
        7,
        `interface b.2 ${k0} 51820 ${hash}`,
        `peer ${k1} 1 192.0.2.1:5 10.0.0.1/32,fd00::/64 1700000000 123456 654321`,
        `peer ${k2} 0 - - 0 0 0`,
      ),
      (text) => decodeDump(7, text),
    ],
    [
      'apply',
      reply(
        7,
        'applied b.2 1 3',
        `rejected ${k2} wg refused this peer`,
        `removed ${k1} 5 6 1700000000`,
        `present ${k0} 0 10.0.0.1/32`,
        `still ${k2}`,
      ),
      (text) => decodeApply(7, text, request),
    ],
    ['save', reply(7, 'saved'), (text) => decodeSave(7, text)],
    ['rules', reply(7, `loaded ${hash} 1 0`), (text) => decodeRules(7, text, { text: '', leftOut: 0 })],
  ]

  it.each(samples)('%s is read when whole, and refused when cut or changed in any way', (_, text, decode) => {
    expect(codeOf(() => decode(text))).toBe('accepted')
    expect(isReplyComplete(text.slice(-100))).toBe(true)
    for (let cut = 0; cut < text.length; cut++) {
      expect(isReplyComplete(text.slice(0, cut).slice(-100))).toBe(false)
      expect(codeOf(() => decode(text.slice(0, cut)))).toBe('protocol')
      // A byte lost in the middle.
      expect(codeOf(() => decode(text.slice(0, cut) + text.slice(cut + 1)))).toBe('protocol')
    }
    fc.assert(
      fc.property(fc.nat(text.length), fc.string({ minLength: 1, unit: 'binary' }), (place, noise) => {
        expect(codeOf(() => decode(text.slice(0, place) + noise + text.slice(place)))).toBe('protocol')
      }),
    )
    expect(codeOf(() => decode(text.replace(/end 7/, 'end 6')))).toBe('protocol')
  })

  it('are read completely', () => {
    expect(decodeApply(7, samples[2]?.[1] ?? '', request)).toEqual({
      interfaceEpoch: 'b.2',
      readBack: true,
      removed: [{ publicKey: k1, rxBytes: 5n, txBytes: 6n, latestHandshakeAt: new Date(1_700_000_000_000) }],
      present: [{ publicKey: k0, allowedIps: ['10.0.0.1/32'], hasPresharedKey: false }],
      stillPresent: [k2],
      rejected: [{ publicKey: k2, reason: 'wg refused this peer' }],
    })
    expect(decodeApply(7, reply(7, 'applied b.2 0 3', `rejected ${k1} wg refused this peer`), request).present).toEqual([
      { publicKey: k0, allowedIps: ['10.0.0.1/32'], hasPresharedKey: false },
    ])
    expect(decodeApply(7, reply(7, 'applied b.2 1 3', 'rejected - the line is malformed'), request)).toMatchObject({
      present: [],
      rejected: [{ publicKey: '', reason: 'the line is malformed' }],
    })
  })

  it('carry the agent’s own errors by their code', () => {
    for (const [, , decode] of samples) {
      for (const code of ['fenced', 'failed', 'unknown', 'protocol'] as const)
        expect(codeOf(() => decode(reply(7, `error ${code} why`)))).toBe(code)
      expect(codeOf(() => decode(reply(7, 'error elsewise why')))).toBe('protocol')
    }
    // Even after lines that looked fine: a dump that ends with an error is no dump.
    expect(
      codeOf(() => decodeDump(7, reply(7, `interface b.2 ${k0} 51820 none`, 'error unknown the interface could not be read back'))),
    ).toBe('unknown')
  })

  it.each([
    ['another kind of reply', reply(7, 'saved')],
    ['an unknown line', reply(7, 'applied b.2 1 3', `absent ${k0}`)],
    ['a bad key', reply(7, 'applied b.2 1 3', 'still x')],
    ['a bad flag', reply(7, 'applied b.2 2 3')],
    ['a bad count', reply(7, 'applied b.2 1 -3')],
    ['a handshake outside time', reply(7, 'applied b.2 1 3', `removed ${k0} 1 1 9999999999999`)],
    ['a reason that is not text', reply(7, 'applied b.2 1 3', `rejected ${k0} \u0007`)],
  ])('refuse %s', (_, text) => {
    expect(codeOf(() => decodeApply(7, text, request))).toBe('protocol')
  })

  it('refuse a hello for another interface or version, and a save that says more', () => {
    expect(codeOf(() => decodeHello(7, samples[0]?.[1] ?? '', 'wg1'))).toBe('protocol')
    expect(codeOf(() => decodeHello(7, reply(7, `hello 1 wg0 b-1 b-1.2 ${k0} 51820 1 2 3 none`), 'wg0'))).toBe('protocol')
    expect(codeOf(() => decodeHello(7, reply(7, 'saved'), 'wg0'))).toBe('protocol')
    // What no request could name again: the agent itself counts to 18 digits.
    const claim = (fence: bigint, generation: bigint) =>
      codeOf(() => decodeHello(7, reply(7, `hello 2 wg0 b-1 b-1.2 ${k0} 51820 ${fence} 2 ${generation} unavailable`), 'wg0'))
    expect(claim(10n ** 18n - 2n, 10n ** 18n - 1n)).toBe('accepted')
    expect(claim(10n ** 18n - 1n, 3n)).toBe('protocol')
    expect(claim(2n ** 63n - 1n, 3n)).toBe('protocol')
    expect(claim(1n, 10n ** 18n)).toBe('protocol')
    expect(codeOf(() => decodeSave(7, reply(7, 'saved', 'saved')))).toBe('protocol')
  })
})
