/** Places for many who want one now and then, first come, first served. Nobody is kept waiting: who finds none does something else. */
export type Places = {
  /** A place, given back by calling what this returns. Null when there is none: one is kept for this `ring` as soon as it can be, and rung. */
  take(ring: () => void): (() => void) | null
  /** Whoever does not want one any more gives up their turn, and what was kept for them. */
  forget(ring: () => void): void
}

/**
 * `count` places. Whoever has one for longer than `patienceMs` waits for somebody who does not answer rather than works: the place
 * goes on to the next, while no more than twice `count` do so.
 */
export function createPlaces(count: number, patienceMs = 5_000): Places {
  const waiting = new Set<() => void>() // in the order of asking
  const kept = new Set<() => void>()
  const late = new Set<NodeJS.Timeout>()
  let free = count

  function pass(): void {
    const [next] = waiting
    if (!next) return void (free += 1)
    waiting.delete(next)
    kept.add(next)
    next()
  }

  function occupy(): () => void {
    const timer = setInterval(() => {
      if (late.size >= 2 * count) return
      clearInterval(timer)
      late.add(timer)
      pass()
    }, patienceMs).unref()
    return () => {
      clearInterval(timer)
      if (!late.delete(timer)) pass()
    }
  }

  return {
    take(ring) {
      if (kept.delete(ring)) return occupy()
      if (free > 0) {
        free -= 1
        waiting.delete(ring)
        return occupy()
      }
      waiting.add(ring)
      return null
    },
    forget(ring) {
      waiting.delete(ring)
      if (kept.delete(ring)) pass()
    },
  }
}
