import type { Provisioning } from '@cvault/schema/common'
import type { Pool } from 'pg'
import type { Notifications } from '../notifications.ts'

export type PeerChange = { peerId: string; generation: bigint }

export type PeerWaiter = {
  /** Wait, briefly and after commit, until every change was seen on its server. Late is `pending`, never an error. */
  wait(changes: PeerChange[], timeoutMs: number): Promise<Provisioning>
}

type Waiting = PeerChange & { finish(isApplied: boolean): void }

/** A notification usually comes within a few ms; whoever still waits then may have missed it. One query asks for all of them. */
const recheckMs = 100

/** Whichever process applies a peer says so through PostgreSQL; whoever waits hears it, or sees it in the row. */
export function createPeerWaiter(notifications: Notifications, pool: Pool): PeerWaiter {
  const waiting = new Map<string, Set<Waiting>>()
  let recheck: NodeJS.Timeout | undefined

  notifications.on('cvault_applied', (payload) => {
    if (waiting.size === 0) return
    for (const item of payload.split(',')) {
      const [peerId = '', generation = '0'] = item.split(':')
      for (const waiter of waiting.get(peerId) ?? []) if (BigInt(generation) >= waiter.generation) waiter.finish(true)
    }
  })
  notifications.onResync(() => void checkRows())

  async function checkRows(): Promise<void> {
    const waiters = [...waiting.values()].flatMap((set) => [...set])
    if (waiters.length === 0) return
    try {
      for (const index of await findApplied(pool, waiters)) waiters[index]?.finish(true)
    } catch {
      // The database is away: a notification or the time-out decides.
    }
  }

  function recheckSoon(): void {
    recheck ??= setTimeout(() => {
      void checkRows().finally(() => {
        recheck = undefined
        if (waiting.size > 0) recheckSoon()
      })
    }, recheckMs)
  }

  function waitOne({ peerId, generation }: PeerChange, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiters = waiting.get(peerId) ?? new Set()
      const waiter: Waiting = {
        peerId,
        generation,
        finish(isApplied) {
          clearTimeout(timer)
          waiters.delete(waiter)
          if (waiters.size === 0 && waiting.get(peerId) === waiters) waiting.delete(peerId)
          resolve(isApplied)
        },
      }
      const timer = setTimeout(() => waiter.finish(false), timeoutMs)
      waiting.set(peerId, waiters.add(waiter))
      recheckSoon()
    })
  }

  return {
    async wait(changes, timeoutMs) {
      if (timeoutMs <= 0) return changes.length === 0 ? 'applied' : 'pending'
      const applied = await Promise.all(changes.map((change) => waitOne(change, timeoutMs)))
      return applied.every(Boolean) ? 'applied' : 'pending'
    },
  }
}

/** Which of the changes were seen on their server. A row that is gone was a removal that is done. */
async function findApplied(pool: Pool, changes: PeerChange[]): Promise<number[]> {
  const { rows } = await pool.query<{ place: string }>({
    name: 'peer-waiter',
    text: `SELECT c.place - 1 AS place
      FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS c(peer_id, generation, place) LEFT JOIN peers p ON p.id = c.peer_id
      WHERE p.id IS NULL OR p.applied_generation >= c.generation`,
    values: [changes.map(({ peerId }) => peerId), changes.map(({ generation }) => generation)],
  })
  return rows.map(({ place }) => Number(place))
}
