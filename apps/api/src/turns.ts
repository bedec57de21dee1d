/** Work for many parties on few places. */
export type Turns = {
  /** Run when a place is free: parties one after the other, each party's work in order. Null when too many of its own wait. */
  take<T>(party: string, work: () => Promise<T>): Promise<T> | null
  waiting(): number
}

/** Whoever asks for much waits behind their own work, and everybody else for one turn of theirs. */
export function createTurns({ places, maxWaiting }: { places: number; maxWaiting: number }): Turns {
  const queues = new Map<string, Array<() => void>>() // in the order of their next turn
  let running = 0
  let waiting = 0

  async function run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      leave()
    }
  }

  // Hands the place on to the party whose turn it is, so `running` stays as it is; the party goes to the end.
  function leave(): void {
    const [next] = queues
    if (!next) return void (running -= 1)
    const [party, [start, ...others]] = next
    queues.delete(party)
    if (others.length > 0) queues.set(party, others)
    waiting -= 1
    start?.()
  }

  return {
    take(party, work) {
      if (running < places) {
        running += 1
        return run(work)
      }
      const queue = queues.get(party) ?? []
      if (queue.length >= maxWaiting) return null
      waiting += 1
      return new Promise<void>((start) => queues.set(party, [...queue, start])).then(() => run(work))
    },
    waiting: () => waiting,
  }
}
