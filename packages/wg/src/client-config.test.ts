import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressError, formatAddress } from './address.ts'
import { type ClientConfig, ClientConfigError, parseClientConfig, PRIVATE_KEY_PLACEHOLDER, renderClientConfig } from './client-config.ts'
import { generateKeyPair, generatePresharedKey, KeyError } from './keys.ts'

const pairs = Array.from({ length: 5 }, () => generateKeyPair())
const v4 = fc.bigInt(0n, 2n ** 32n - 1n).map((value) => formatAddress({ family: 4, value }))
const v6 = fc.bigInt(0n, 2n ** 128n - 1n).map((value) => formatAddress({ family: 6, value }))
const address = fc.oneof(v4, v6)
const cidr = fc.oneof(
  v4.map((ip) => `${ip}/32`),
  v6.map((ip) => `${ip}/128`),
  fc.constantFrom('0.0.0.0/0', '::/0', '10.0.0.0/8', '2001:db8::/48'),
)
const config: fc.Arbitrary<ClientConfig> = fc.record(
  {
    privateKey: fc.constantFrom(null, ...pairs.map((pair) => pair.privateKey)),
    addresses: fc.array(
      fc.oneof(
        cidr,
        v4.map((ip) => `${ip}/24`),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    dns: fc.array(address, { maxLength: 3 }),
    mtu: fc.integer({ min: 576, max: 65_535 }),
    peer: fc.record(
      {
        publicKey: fc.constantFrom(...pairs.map((pair) => pair.publicKey)),
        presharedKey: fc.constant(generatePresharedKey()),
        endpoint: fc.record({
          host: fc.oneof(address, fc.constantFrom('vpn.example.com', 'a-b.c1', 'localhost')),
          port: fc.integer({ min: 1, max: 65_535 }),
        }),
        allowedIps: fc.array(cidr, { maxLength: 4 }),
        persistentKeepaliveSeconds: fc.integer({ min: 0, max: 65_535 }),
      },
      { requiredKeys: ['publicKey', 'endpoint', 'allowedIps', 'persistentKeepaliveSeconds'] },
    ),
  },
  { requiredKeys: ['privateKey', 'addresses', 'dns', 'peer'] },
)
// Whichever part judges a value names what is wrong with it.
const refusal = expect.toSatisfy(
  (error: unknown) => error instanceof ClientConfigError || error instanceof AddressError || error instanceof KeyError,
)
const serverKey = generateKeyPair().publicKey
const sample: ClientConfig = {
  privateKey: null,
  addresses: ['10.8.0.2/32'],
  dns: ['10.8.0.1'],
  mtu: 1420,
  peer: {
    publicKey: serverKey,
    endpoint: { host: 'vpn.example.com', port: 51_820 },
    allowedIps: ['0.0.0.0/0', '::/0'],
    persistentKeepaliveSeconds: 25,
  },
}

describe('renderClientConfig', () => {
  it('writes the file wg-quick reads, with a placeholder for a key it does not have', () => {
    expect(renderClientConfig(sample)).toBe(
      `[Interface]\nPrivateKey = <your private key>\nAddress = 10.8.0.2/32\nDNS = 10.8.0.1\nMTU = 1420\n\n[Peer]\nPublicKey = ${serverKey}\nAllowedIPs = 0.0.0.0/0, ::/0\nEndpoint = vpn.example.com:51820\nPersistentKeepalive = 25\n`,
    )
    expect(PRIVATE_KEY_PLACEHOLDER).toBe('<your private key>')
  })

  it('is read back as it was', () => {
    fc.assert(fc.property(config, (value) => void expect(parseClientConfig(renderClientConfig(value))).toEqual(value)))
  })

  it('lets no value bring a line, section or key of its own', () => {
    const attack = fc
      .tuple(
        fc.constantFrom('', '10.8.0.2/32', '10.8.0.1', 'vpn.example.com', serverKey, '1.1.1.1'),
        fc.constantFrom('\n', '\r', '\r\n', '#', ';', ',', ' ', '\0', '\u2028', '=', '[Peer]', '\nPostUp = touch /tmp/x', '$(id)', '`id`'),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(attack, fc.nat({ max: 6 }), fc.boolean(), (text, place, both) => {
        const value = structuredClone(sample)
        if (place === 0) value.privateKey = text
        if (place === 1) value.addresses = both ? [text, '10.8.0.2/32'] : [text]
        if (place === 2) value.dns = [text]
        if (place === 3) value.peer.publicKey = text
        if (place === 4) value.peer.presharedKey = text
        if (place === 5) value.peer.endpoint.host = text
        if (place === 6) value.peer.allowedIps = [text]
        expect(() => renderClientConfig(value)).toThrow(refusal)
      }),
    )
    for (const number of [Number.NaN, -1, 1.5, 65_536, '1\nPostUp = x' as unknown as number]) {
      expect(() => renderClientConfig({ ...sample, mtu: number })).toThrow(refusal)
      expect(() => renderClientConfig({ ...sample, peer: { ...sample.peer, persistentKeepaliveSeconds: number } })).toThrow(
        ClientConfigError,
      )
      expect(() => renderClientConfig({ ...sample, peer: { ...sample.peer, endpoint: { host: 'a', port: number } } })).toThrow(
        ClientConfigError,
      )
    }
  })

  it.each(['127.1', '1', '-a.com', 'a..b', 'a_b.com', 'fe80::1%eth0', '[::1]', '', 'a'.repeat(64)])(
    'refuses the endpoint host %j',
    (host) => {
      expect(() => renderClientConfig({ ...sample, peer: { ...sample.peer, endpoint: { host, port: 1 } } })).toThrow(refusal)
    },
  )

  it('needs an address', () => {
    expect(() => renderClientConfig({ ...sample, addresses: [] })).toThrow('at least one address')
  })
})

describe('parseClientConfig', () => {
  it('reads what people write: comments, blank lines, spaces, CRLF', () => {
    const text = renderClientConfig(sample).replaceAll('\n', '  # note\r\n').replaceAll(' = ', '=')
    expect(parseClientConfig(text)).toEqual(sample)
  })

  it.each([
    ['a hook', '[Peer]', 'PostUp = touch /tmp/x\n[Peer]'],
    ['a second section', 'Endpoint', '[Interface]\nEndpoint'],
    ['a repeated key', 'Endpoint', 'Endpoint = a:1\nEndpoint'],
    ['a missing key', /PublicKey.*\n/, ''],
    ['a bad endpoint', 'vpn.example.com:51820', 'vpn.example.com'],
    ['brackets around IPv4', 'vpn.example.com', '[1.2.3.4]'],
    ['a wild number', 'MTU = 1420', 'MTU = 0x10'],
    ['a line of noise', 'MTU = 1420', 'what'],
  ])('refuses %s', (_, find, replacement) => {
    expect(() => parseClientConfig(renderClientConfig(sample).replace(find, replacement))).toThrow(refusal)
  })
})
