import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair } from '@cvault/wg/keys'
import type { Lab, LabServer } from '../harness/lab.ts'
import type { Loss } from './billing.ts'
import type { Fault } from './faults.ts'
import { nothing } from './faults.ts'
import type { Random } from './random.ts'

/** Faults of the servers, of the way to them, and of people who are root there. `losses` gets those that lost counters. */
export function serverFaults(lab: Lab, random: Random, losses: Loss[]): Fault[] {
  const aWhile = (mostMs = 2_500) => sleep(200 + random.int(mostMs))
  const wg = ({ real }: LabServer, ...words: string[]) => real.exec(['wg', 'set', real.interfaceName, ...words])
  const on = (name: string, strike: (server: LabServer) => Promise<unknown>): Fault => ({
    name,
    excuses: nothing,
    strike: async () => {
      const server = random.pick(lab.servers)
      if (server) await strike(server)
    },
  })
  const forgetting = (name: string, strike: (server: LabServer) => Promise<unknown>): Fault =>
    on(name, async (server) => {
      const loss = { serverId: server.id, fromMs: Date.now(), toMs: Infinity }
      losses.push(loss)
      await strike(server)
      loss.toMs = Date.now()
    })

  return [
    on('SSH cut', async ({ ssh }) => {
      await ssh.set({ resetAfter: { direction: random.chance(0.5) ? 'up' : 'down', bytes: random.int(2_000), since: 'now' } })
      await aWhile()
      await ssh.set({})
    }),
    on('SSH hangs', async ({ ssh }) => {
      await ssh.set({ blackhole: random.pick(['up', 'down', 'both'] as const) ?? 'both' })
      await aWhile()
      await ssh.set({})
      ssh.resetAll()
    }),
    on('SSH in crumbs', async ({ ssh }) => {
      await ssh.set({ sliceBytes: 1 + random.int(20), latencyMs: random.int(100) })
      await aWhile()
      await ssh.set({})
    }),
    on('SSH refused', async ({ ssh }) => {
      await ssh.set({ refuse: true })
      ssh.resetAll()
      await aWhile()
      await ssh.set({})
    }),
    on('sshd killed', async ({ real }) => {
      await real.stopSshd()
      await aWhile()
      await real.startSshd()
    }),
    // With its lock and half an order; another agent may have been given a later one when it wakes.
    on('agents stopped', async ({ real }) => {
      await real.exec(['pkill', '-STOP', '-f', 'cvault-agent'])
      await aWhile(6_000)
      await real.exec(['pkill', '-CONT', '-f', 'cvault-agent'])
    }),
    on('agents killed', ({ real }) => real.killSshSessions()),
    forgetting('wireguard-go killed', async ({ real }) => {
      await real.killWireguard()
      await aWhile()
      await real.exec(['wg-quick', 'up', real.interfaceName])
    }),
    on('wireguard-go stopped', async ({ real }) => {
      await real.exec(['pkill', '-STOP', '-x', 'wireguard-go'])
      await aWhile()
      await real.exec(['pkill', '-CONT', '-x', 'wireguard-go'])
    }),
    forgetting('server restarted', ({ real }) => real.reboot()),
    forgetting('peers flushed by hand', ({ real }) => real.flushPeers()),
    on('address taken by hand', async (server) => {
      const victim = random.pick(await server.real.peers())
      await wg(server, 'peer', generateKeyPair().publicKey, 'allowed-ips', victim?.allowedIps[0] ?? '10.8.99.1/32')
    }),
    on('addresses changed by hand', async (server) => {
      const victim = random.pick(await server.real.peers())
      if (victim) await wg(server, 'peer', victim.publicKey, 'allowed-ips', '10.8.99.2/32')
    }),
    on('packet rules removed by hand', ({ real }) => real.exec(['nft', 'delete', 'table', 'inet', `cvault_${real.interfaceName}`])),
  ]
}
