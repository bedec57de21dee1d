import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BehaviourRig, describeDriverBehaviour } from '../testing/behaviour.ts'
import {
  createWireGuardNamespace,
  type NamespaceSshd,
  realToolsOrSkip,
  startNamespaceSshd,
  type WireGuardNamespace,
} from '../testing/namespace.ts'

const isReal = realToolsOrSkip()

async function startRig(agent: 'inline' | 'installed'): Promise<BehaviourRig> {
  const space = await createWireGuardNamespace()
  const sshd = await startNamespaceSshd(space)
  const { interfaceName } = space
  return {
    openDriver: () => sshd.openDriver(agent === 'inline' ? {} : { agent, privateKey: sshd.restrictedKey }),
    addByHand: (publicKey, allowedIp) => void space.run(['wg', 'set', interfaceName, 'peer', publicKey, 'allowed-ips', allowedIp]),
    flush() {
      const keys = space.run(['wg', 'show', interfaceName, 'peers']).trim().split('\n')
      space.run(['wg', 'set', interfaceName, ...keys.flatMap((key) => ['peer', key, 'remove'])])
    },
    flushRules: () => void space.run(['nft', 'flush', 'ruleset']),
    restartInterface: space.restartInterface,
    presharedKeyOf(publicKey) {
      const line = space
        .run(['wg', 'show', interfaceName, 'preshared-keys'])
        .split('\n')
        .find((text) => text.startsWith(publicKey))
      const key = line?.split('\t')[1]
      return key === undefined || key === '(none)' ? null : key
    },
    async close() {
      await sshd.close()
      await space.close()
    },
  }
}

describe.runIf(isReal)('the agent on real WireGuard, through real sshd', () => {
  describeDriverBehaviour('sent with the channel', () => startRig('inline'))
  describeDriverBehaviour('installed behind a forced command', () => startRig('installed'))
})

describe.runIf(isReal)('SSH trust', () => {
  let space: WireGuardNamespace
  let sshd: NamespaceSshd
  beforeAll(async () => {
    space = await createWireGuardNamespace()
    sshd = await startNamespaceSshd(space)
  })
  afterAll(async () => {
    await sshd.close()
    await space.close()
  })

  it('accepts the pinned key as a line or fingerprint, and no other', async () => {
    const line = sshd.options.hostKey
    const hash = space.run(['ssh-keygen', '-l', '-f', `${space.folder}/host_key`]).split(' ')[1] ?? ''
    for (const hostKey of [line, `${line} a comment`, hash]) {
      const driver = await sshd.openDriver({ hostKey })
      expect((await driver.hello()).listenPort).toBe(51_820)
      await driver.close()
    }
    const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuZGRuIQ7Jt8fPlF7Iy9ItU0J9YBbpQ0XzRkC8c1k2m'
    for (const hostKey of [other, `SHA256:${'A'.repeat(43)}`]) {
      await expect(sshd.openDriver({ hostKey })).rejects.toMatchObject({ code: 'host-key-mismatch' })
    }
  })

  it('runs nothing but the agent for the restricted key, whatever is asked', async () => {
    const driver = await sshd.openDriver({ privateKey: sshd.restrictedKey, agent: 'inline' })
    expect(await driver.hello()).toMatchObject({ agentVersion: '2' })
    await driver.close()
  })

  it('says what is wrong when the interface is not there', async () => {
    const driver = await sshd.openDriver({ interfaceName: 'nothere' })
    await expect(driver.hello()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('no WireGuard interface nothere'),
    })
    await expect(driver.dump()).rejects.toMatchObject({ code: 'failed' })
    await expect(driver.apply({ fence: 1n, sequence: 1n, generation: 1n, remove: [], upsert: [] })).rejects.toMatchObject({
      code: 'failed',
    })
    await driver.close()
    // The forced command speaks for its own interface only.
    const installed = await sshd.openDriver({ interfaceName: 'wg9', privateKey: sshd.restrictedKey, agent: 'installed' })
    await expect(installed.hello()).rejects.toMatchObject({ code: 'protocol' })
    await installed.close()
  })
})
