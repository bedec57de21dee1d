/** The same numbers for the same seed: a run that failed can be begun again. What threads and networks make of it differs. */
export type Random = {
  int(below: number): number
  chance(share: number): boolean
  pick<T>(items: readonly T[]): T | undefined
}

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number): number => Math.floor(next() * below)
  return { int, chance: (share) => next() < share, pick: (items) => items[int(items.length)] }
}
