import type { SimulatedServer } from '@cvault/wg/testing/simulated-server'
import { startSimulatedServer } from '@cvault/wg/testing/simulated-server'
import { generateSshKeyPair } from '@cvault/wg/testing/ssh-key'
import type { ScaleOptions } from './options.ts'

/** Simulated servers in this process, each behind a real SSH port, and the bytes that were moved through them. */
export type Fleet = {
  servers: SimulatedServer[]
  /** Peers that are there before anybody looks. */
  seed(server: SimulatedServer, peers: Array<{ publicKey: string; allowedIp: string }>): void
  /** Let the busy peers move bytes, a server after the other, all of them once a period. */
  startTraffic(): void
  stopTraffic(): void
  moved: { rxBytes: bigint; txBytes: bigint }
  /** When the server was seen to have the peer, or not to have it; `Date.now()`'s clock, polled each few ms. */
  seen(publicKey: string, server: SimulatedServer, isThere: boolean, timeoutMs: number): Promise<number>
  close(): Promise<void>
}

const handshakeEveryMs = 120_000
const pollMs = 2

export async function startFleet(count: number, authorizedKey: string, { busy, periodSeconds }: ScaleOptions): Promise<Fleet> {
  const hostKey = generateSshKeyPair().private
  const servers: SimulatedServer[] = []
  while (servers.length < count) servers.push(await startSimulatedServer({ authorizedKey, hostKey }))
  const busyPeers = new Map<SimulatedServer, { keys: string[]; shookAtMs: number }>()
  const moved = { rxBytes: 0n, txBytes: 0n }
  const waiting = new Set<() => boolean>()
  const polls = setInterval(() => {
    for (const check of waiting) if (check()) waiting.delete(check)
  }, pollMs)
  let traffic: NodeJS.Timeout | undefined
  let turn = 0

  function stir(server: SimulatedServer): void {
    const peers = busyPeers.get(server)
    if (!peers) return
    const shakes = Date.now() - peers.shookAtMs >= handshakeEveryMs
    if (shakes) peers.shookAtMs = Date.now()
    for (const key of peers.keys) {
      if (shakes) server.handshake(key)
      const [rx, tx] = [1_000 + Math.floor(Math.random() * 40_000), 1_000 + Math.floor(Math.random() * 400_000)]
      server.transfer(key, rx, tx)
      moved.rxBytes += BigInt(rx)
      moved.txBytes += BigInt(tx)
    }
  }

  const stopTraffic = () => clearInterval(traffic)
  return {
    servers,
    moved,
    seed(server, peers) {
      for (const { publicKey, allowedIp } of peers) server.addPeer(publicKey, [allowedIp])
      const keys = peers.slice(0, Math.round((peers.length * busy) / 100)).map(({ publicKey }) => publicKey)
      busyPeers.set(server, { keys, shookAtMs: 0 })
    },
    startTraffic() {
      const share = Math.max(1, Math.ceil(count / (periodSeconds * 20)))
      const stirSome = () => {
        for (let done = 0; done < share; done += 1) {
          const server = servers[turn++ % count]
          if (server) stir(server)
        }
      }
      traffic = setInterval(stirSome, (periodSeconds * 1_000 * share) / count)
    },
    stopTraffic,
    seen(publicKey, server, isThere, timeoutMs) {
      const untilMs = Date.now() + timeoutMs
      return new Promise((resolve, reject) => {
        const check = () => {
          const now = Date.now()
          if (hasPeer(server, publicKey) === isThere) resolve(performance.timeOrigin + performance.now())
          else if (now < untilMs) return false
          else reject(new Error(`A peer was not ${isThere ? 'there' : 'gone'} after ${timeoutMs} ms.`))
          return true
        }
        if (!check()) waiting.add(check)
      })
    },
    async close() {
      stopTraffic()
      clearInterval(polls)
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

// The map's own look-up: listing peers would cost with each of them.
function hasPeer(server: SimulatedServer, publicKey: string): boolean {
  try {
    server.presharedKeyOf(publicKey)
    return true
  } catch {
    return false
  }
}
