import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair } from '@cvault/wg/keys'
import type { RedisServer } from '../../redis-server.ts'
import { startRedis } from '../../redis-server.ts'
import type { ApiProcess } from '../harness/api-process.ts'
import type { Lab, LabServer } from '../harness/lab.ts'
import type { History } from './history.ts'
import type { Random } from './random.ts'

export type Nemesis = {
  /** Break one thing, wait, and heal it. */
  strike(): Promise<void>
  /** Servers whose interface was made anew: what it had counted since the last look is gone. */
  restarted: Set<string>
}

type Surroundings = { lab: Lab; workers: ApiProcess[]; redis: { server: RedisServer }; history: History; random: Random }

/** One fault at a time, each of which has happened to somebody. */
export function createNemesis({ lab, workers, redis, history, random }: Surroundings): Nemesis {
  const restarted = new Set<string>()
  const aWhile = () => sleep(200 + random.int(2_500))
  const wg = (server: LabServer, ...words: string[]) => server.real.exec(['wg', 'set', server.real.interfaceName, ...words])
  const server = (): LabServer => {
    const picked = random.pick(lab.servers)
    if (!picked) throw new Error('there is no server')
    return picked
  }
  const killed = async (process: ApiProcess | undefined, roles: string) => {
    await process?.kill()
    await aWhile()
    await process?.start({ ROLES: roles })
  }

  const faults: Record<string, () => Promise<void>> = {
    'api killed': () => killed(lab.api, 'web'),
    'worker killed': () => killed(random.pick(workers), 'worker'),
    'database hangs': async () => {
      await lab.databaseLine.set({ blackhole: 'both' })
      await aWhile()
      await lab.databaseLine.set({})
      lab.databaseLine.resetAll()
    },
    'database connections reset': async () => lab.databaseLine.resetAll(),
    'database ends its backends': async () => {
      await lab.db.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      )
    },
    'redis hangs': async () => {
      redis.server.child.kill('SIGSTOP')
      await aWhile()
      redis.server.child.kill('SIGCONT')
    },
    'redis killed': async () => {
      redis.server.child.kill('SIGKILL')
      await aWhile()
      redis.server = await startRedis(redis.server.port)
    },
    'ssh cut': async () => {
      const { ssh } = server()
      await ssh.set({ resetAfter: { direction: random.chance(0.5) ? 'up' : 'down', bytes: random.int(2_000), since: 'now' } })
      await aWhile()
      await ssh.set({})
    },
    'ssh hangs': async () => {
      const { ssh } = server()
      await ssh.set({ blackhole: random.pick(['up', 'down', 'both'] as const) ?? 'both' })
      await aWhile()
      await ssh.set({})
      ssh.resetAll()
    },
    'agents killed': () => server().real.killSshSessions(),
    'interface made anew': async () => {
      const { id, real } = server()
      restarted.add(id)
      await real.killWireguard()
      await aWhile()
      await real.exec(['wg-quick', 'up', real.interfaceName])
    },
    'peers flushed by hand': () => server().real.flushPeers(),
    'address taken by hand': async () => {
      const at = server()
      const victim = random.pick(await at.real.peers())
      await wg(at, 'peer', generateKeyPair().publicKey, 'allowed-ips', victim?.allowedIps[0] ?? '10.8.99.1/32')
    },
    'packet rules removed by hand': async () => {
      const { real } = server()
      await real.exec(['nft', 'delete', 'table', 'inet', `cvault_${real.interfaceName}`])
    },
  }

  return {
    restarted,
    async strike() {
      const name = random.pick(Object.keys(faults)) ?? ''
      history.faultBegins(name)
      try {
        await faults[name]?.()
      } finally {
        history.faultEnds()
      }
    },
  }
}
