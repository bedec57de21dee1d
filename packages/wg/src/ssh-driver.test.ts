import { createServer, type AddressInfo } from 'node:net'
import ssh2 from 'ssh2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PeerBatch, PeerDriver } from './driver.ts'
import { generateKeyPair, generatePresharedKey } from './keys.ts'
import { openSshDriver, type SshDriverOptions } from './ssh-driver.ts'
import { type SimulatedServer, startSimulatedServer } from './testing/simulated-server.ts'
import { generateSshKeyPair } from './testing/ssh-key.ts'

const client = generateSshKeyPair()
const stranger = generateSshKeyPair()
let server: SimulatedServer
const drivers: PeerDriver[] = []
const optionsFor = (changes: Partial<SshDriverOptions> = {}): SshDriverOptions => ({
  host: server.host,
  port: server.port,
  username: 'cvault',
  privateKey: client.private,
  hostKey: server.hostKey,
  interfaceName: 'wg0',
  agent: 'installed',
  ...changes,
})
async function open(changes?: Partial<SshDriverOptions>): Promise<PeerDriver> {
  const driver = await openSshDriver(optionsFor(changes))
  drivers.push(driver)
  return driver
}
const batchOf = (sequence: number, count: number): PeerBatch => ({
  fence: 1n,
  sequence: BigInt(sequence),
  generation: BigInt(sequence),
  remove: [],
  upsert: Array.from({ length: count }, (_, index) => ({
    publicKey: generateKeyPair().publicKey,
    allowedIps: [`10.${sequence & 255}.0.${index}/32`],
    presharedKey: generatePresharedKey(),
  })),
})

beforeEach(async () => {
  server = await startSimulatedServer({ authorizedKey: client.public })
})
afterEach(async () => {
  await Promise.all(drivers.splice(0).map((driver) => driver.close()))
  await server.close()
})

describe('openSshDriver', () => {
  it('sends nothing to a server with another host key', async () => {
    const wrong = [stranger.public, `SHA256:${'A'.repeat(43)}`, ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).public]
    for (const hostKey of wrong) await expect(open({ hostKey })).rejects.toMatchObject({ name: 'DriverError', code: 'host-key-mismatch' })
    expect(server.connectionCount()).toBe(0)
    await expect(open({ hostKey: '' })).rejects.toMatchObject({ code: 'failed' })
  })

  it('tells a refused key from an unreadable one, and shows neither', async () => {
    await expect(open({ privateKey: stranger.private })).rejects.toMatchObject({ code: 'auth-failed' })
    const error = await open({ privateKey: 'secret-canary' }).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'auth-failed' })
    expect(String(error)).not.toContain('secret-canary')
  })

  it('says unreachable when nobody listens, hangs up or stays silent', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    await expect(open({ port, connectTimeoutMs: 100 })).rejects.toMatchObject({ code: 'unreachable' })
    silent.close()
    await expect(open({ port: 1 })).rejects.toMatchObject({ code: 'unreachable' })
    server.setFault({ kind: 'refuse' })
    await expect(open()).rejects.toMatchObject({ code: 'unreachable' })
    server.setFault({ kind: 'delay', ms: 500 })
    await expect(open({ connectTimeoutMs: 100 })).rejects.toMatchObject({ code: 'unreachable' })
  })

  it.each(['', 'wg0;id', '../x', 'a'.repeat(16), 'wg 0', 'wg0\n', '$(id)'])(
    'refuses the interface name %j before it connects',
    async (interfaceName) => {
      await expect(open({ interfaceName })).rejects.toMatchObject({ code: 'failed' })
      expect(server.connectionCount()).toBe(0)
    },
  )
})

describe('a driver', () => {
  it('runs calls in order, however many are made at once', async () => {
    const driver = await open()
    const batches = Array.from({ length: 20 }, (_, index) => batchOf(index + 1, 5))
    const results = await Promise.all(batches.map((batch) => driver.apply(batch)))
    expect(results.map((result) => result.present.length)).toEqual(batches.map(() => 5))
    expect((await driver.dump()).peers).toHaveLength(100)
    expect(server.connectionCount()).toBe(1)
  })

  it('keeps serving after the agent refused something', async () => {
    const driver = await open()
    await driver.apply(batchOf(3, 1))
    await expect(driver.apply(batchOf(3, 1))).rejects.toMatchObject({ code: 'fenced' })
    await expect(driver.apply({ ...batchOf(4, 1), fence: -1n })).rejects.toMatchObject({ code: 'failed' })
    expect((await driver.apply(batchOf(4, 1))).present).toHaveLength(1)
  })

  it('calls the outcome unknown when the reply is cut at any byte, and nothing after that', async () => {
    const probe = await open()
    const batch = batchOf(1, 2)
    await probe.apply(batch)
    for (let afterBytes = 0; afterBytes < 200; afterBytes += 19) {
      const driver = await open()
      server.setFault({ kind: 'cut', afterBytes })
      const sequence = afterBytes + 2
      await expect(driver.apply(batchOf(sequence, 2))).rejects.toMatchObject({ code: 'unknown' })
      await expect(driver.dump()).rejects.toMatchObject({ code: 'unreachable' })
      server.setFault(null)
    }
    // Unknown means unknown: every one of those batches had been obeyed.
    expect(server.peers()).toHaveLength(2 + 2 * 11)
  })

  it('gives up on a server that hangs; who waited in the queue has sent nothing', async () => {
    const driver = await open({ requestTimeoutMs: 80 })
    await driver.hello()
    server.setFault({ kind: 'hang' })
    const [first, second] = await Promise.allSettled([driver.apply(batchOf(1, 1)), driver.apply(batchOf(2, 1))])
    expect(first).toMatchObject({ reason: { code: 'unknown', message: expect.stringContaining('80 ms') } })
    expect(second).toMatchObject({ reason: { code: 'unreachable' } })
    expect(server.peers()).toHaveLength(0)
  })

  it('waits for a slow server', async () => {
    const driver = await open()
    server.setFault({ kind: 'delay', ms: 60 })
    expect((await driver.apply(batchOf(1, 3))).present).toHaveLength(3)
  })

  it('survives the connection being reset while idle', async () => {
    const driver = await open()
    server.setFault({ kind: 'refuse' })
    await new Promise((resolve) => setTimeout(resolve, 30))
    await expect(driver.hello()).rejects.toMatchObject({ code: 'unreachable' })
    await driver.close()
  })

  it('never names a key in an error', async () => {
    const batch = batchOf(1, 3)
    const driver = await open({ requestTimeoutMs: 50 })
    await driver.apply(batch)
    const errors: unknown[] = [await driver.apply(batch).catch(String)]
    server.setFault({ kind: 'hang' })
    errors.push(await driver.apply(batchOf(2, 1)).catch(String), await driver.dump().catch(String))
    for (const error of errors) {
      expect(error).toMatch(/^DriverError: /)
      for (const peer of batch.upsert) {
        expect(error).not.toContain(peer.publicKey)
        expect(error).not.toContain(peer.presharedKey)
      }
    }
  })

  it('answers unreachable once closed, and closes twice without harm', async () => {
    const driver = await open()
    await driver.close()
    await driver.close()
    await expect(driver.dump()).rejects.toMatchObject({ code: 'unreachable' })
  })
})
