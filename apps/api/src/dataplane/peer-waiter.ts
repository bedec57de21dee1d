import type { Provisioning } from '@cvault/schema/common'
import type { Notifications } from '../notifications.ts'

export type PeerChange = { peerId: string; generation: bigint }

export type PeerWaiter = {
  /** Wait, briefly and after commit, until every change was seen on its server. Late is `pending`, never an error. */
  wait(changes: PeerChange[], timeoutMs: number): Promise<Provisioning>
}

/** Whichever process applies a peer says so through PostgreSQL; whoever waits hears it. */
export function createPeerWaiter(notifications: Notifications): PeerWaiter {
  const waiting = new Map<string, Set<(generation: bigint) => void>>()

  notifications.on('cvault_applied', (payload) => {
    for (const item of payload.split(',')) {
      const [peerId = '', generation = '0'] = item.split(':')
      for (const tell of waiting.get(peerId) ?? []) tell(BigInt(generation))
    }
  })

  function waitOne({ peerId, generation }: PeerChange, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const listeners = waiting.get(peerId) ?? new Set()
      const finish = (applied: boolean) => {
        clearTimeout(timer)
        listeners.delete(tell)
        if (listeners.size === 0) waiting.delete(peerId)
        resolve(applied)
      }
      const tell = (applied: bigint) => {
        if (applied >= generation) finish(true)
      }
      const timer = setTimeout(() => finish(false), timeoutMs)
      waiting.set(peerId, listeners.add(tell))
    })
  }

  return {
    async wait(changes, timeoutMs) {
      const applied = await Promise.all(changes.map((change) => waitOne(change, timeoutMs)))
      return applied.every(Boolean) ? 'applied' : 'pending'
    },
  }
}
