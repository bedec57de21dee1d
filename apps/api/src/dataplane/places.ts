/** Places for many who want one now and then, first come, first served. Nobody is kept waiting: who finds none does something else. */
export type Places = {
  /** Whether there is a place, which is then taken. If not, one is kept for whoever asks by this `ring` as soon as it can be, and rung. */
  take(ring: () => void): boolean
  leave(): void
  /** Whoever does not want one any more gives up their turn, and what was kept for them. */
  forget(ring: () => void): void
}

export function createPlaces(count: number): Places {
  const waiting = new Set<() => void>() // in the order of asking
  const kept = new Set<() => void>()
  let free = count

  function leave(): void {
    const [next] = waiting
    if (!next) return void (free += 1)
    waiting.delete(next)
    kept.add(next)
    next()
  }

  return {
    take(ring) {
      if (kept.delete(ring)) return true
      if (free > 0) {
        free -= 1
        waiting.delete(ring)
        return true
      }
      waiting.add(ring)
      return false
    },
    leave,
    forget(ring) {
      waiting.delete(ring)
      if (kept.delete(ring)) leave()
    },
  }
}
