import { createHash } from 'node:crypto'
import ssh2 from 'ssh2'
import { describe, expect, it } from 'vitest'
import { DriverError } from './driver.ts'
import { parseHostKey } from './host-key.ts'
import { generateSshKeyPair } from './testing/ssh-key.ts'

const line = generateSshKeyPair().public
const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64')
const other = Buffer.from(generateSshKeyPair().public.split(' ')[1] ?? '', 'base64')

describe('parseHostKey', () => {
  it('pins a public key line', () => {
    for (const text of [line, `${line} root@host`, `${line}\n`]) {
      const pin = parseHostKey(text)
      expect(pin.algorithms).toEqual(['ssh-ed25519'])
      expect([pin.matches(blob), pin.matches(other), pin.matches(Buffer.alloc(0))]).toEqual([true, false, false])
    }
  })

  it('pins a fingerprint, with or without padding', () => {
    const hash = createHash('sha256').update(blob).digest('base64')
    for (const text of [`SHA256:${hash}`, `SHA256:${hash.replace('=', '')}`]) {
      const pin = parseHostKey(text)
      expect(pin.algorithms).toBeUndefined()
      expect([pin.matches(blob), pin.matches(other)]).toEqual([true, false])
    }
  })

  it('asks an RSA server for SHA-2 signatures', () => {
    expect(parseHostKey(ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).public).algorithms).toEqual(['rsa-sha2-512', 'rsa-sha2-256'])
  })

  it.each([
    '',
    '*',
    'any',
    'MD5:00',
    'SHA256:',
    'SHA256:abc',
    'ssh-ed25519',
    'ssh-ed25519 AAAA',
    line.replace('ssh-ed25519', 'ssh-rsa'),
    `${line}\n${line}`,
  ])('refuses %j', (text) => {
    expect(() => parseHostKey(text)).toThrow(DriverError)
  })
})
