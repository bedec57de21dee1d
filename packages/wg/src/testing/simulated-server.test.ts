import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generateKeyPair } from '../keys.ts'
import { openSshDriver } from '../ssh-driver.ts'
import { describeDriverBehaviour } from './behaviour.ts'
import { type SimulatedServer, startSimulatedServer } from './simulated-server.ts'
import { createSimulatedInterface, stirSimulatedTraffic, upsertSimulatedPeer } from './simulated-interface.ts'
import { generateSshKeyPair } from './ssh-key.ts'

const client = generateSshKeyPair()
const openTo = (server: SimulatedServer) =>
  openSshDriver({
    host: server.host,
    port: server.port,
    username: 'cvault',
    privateKey: client.private,
    hostKey: server.hostKey,
    interfaceName: 'wg0',
    agent: 'inline',
  })

describeDriverBehaviour('a driver to the simulated server', async () => {
  const server = await startSimulatedServer({ authorizedKey: client.public })
  return {
    openDriver: () => openTo(server),
    addByHand: (publicKey, allowedIp) => server.addPeer(publicKey, [allowedIp]),
    flush: server.flush,
    flushRules: server.flushRules,
    restartInterface: server.restartInterface,
    presharedKeyOf: server.presharedKeyOf,
    close: server.close,
  }
})

describe('startSimulatedServer', () => {
  it('reports handshakes and bytes, and the last counters of a removed peer', async () => {
    const server = await startSimulatedServer({ authorizedKey: client.public })
    const driver = await openTo(server)
    const { publicKey } = generateKeyPair()
    await driver.apply({ fence: 1n, sequence: 1n, generation: 1n, remove: [], upsert: [{ publicKey, allowedIps: ['10.8.0.2/32'] }] })
    server.handshake(publicKey)
    server.transfer(publicKey, 2n ** 60n, 5)
    const [peer] = (await driver.dump()).peers
    expect(peer).toMatchObject({ rxBytes: 2n ** 60n, txBytes: 5n, endpoint: '198.51.100.7:40000' })
    expect(peer).toEqual(server.peers()[0])
    const { removed } = await driver.apply({ fence: 1n, sequence: 2n, generation: 2n, remove: [publicKey], upsert: [] })
    expect(removed).toEqual([{ publicKey, rxBytes: 2n ** 60n, txBytes: 5n, latestHandshakeAt: peer?.latestHandshakeAt }])
    expect(() => server.handshake(publicKey)).toThrow('no peer')
    await driver.close()
    await server.close()
  })

  it('keeps keys and peers in its state file, readable by nobody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cvault-sim-'))
    const stateFile = join(folder, 'deep', 'server.json')
    const first = await startSimulatedServer({ authorizedKey: client.public, stateFile })
    const driver = await openTo(first)
    const { publicKey } = generateKeyPair()
    await driver.apply({ fence: 3n, sequence: 1n, generation: 1n, remove: [], upsert: [{ publicKey, allowedIps: ['10.8.0.2/32'] }] })
    first.transfer(publicKey, 10, 20)
    await first.close()
    expect(statSync(stateFile).mode & 0o777).toBe(0o600)
    expect(readFileSync(stateFile, 'utf8')).toContain(publicKey)
    const second = await startSimulatedServer({ authorizedKey: client.public, stateFile })
    expect(second).toMatchObject({ hostKey: first.hostKey, publicKey: first.publicKey })
    expect(second.peers()).toMatchObject([{ publicKey, rxBytes: 10n, txBytes: 20n }])
    const again = await openTo(second)
    expect(await again.hello()).toMatchObject({ fence: 3n, sequence: 1n })
    await again.close()
    await second.close()
    rmSync(folder, { recursive: true })
  })

  it('lets most peers live when asked', () => {
    const wg = createSimulatedInterface('wg0')
    for (let index = 0; index < 50; index++) upsertSimulatedPeer(wg, generateKeyPair().publicKey, null, [`10.0.0.${index}/32`])
    const start = Date.now()
    for (let second = 0; second < 10; second++) stirSimulatedTraffic(wg, start + second * 1000)
    const alive = [...wg.peers.values()].filter((peer) => peer.handshakeSeconds > 0)
    expect(alive.length).toBeGreaterThan(20)
    expect(alive.every((peer) => peer.rxBytes > 0n && peer.endpoint !== null)).toBe(true)
  })
})
