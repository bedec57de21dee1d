import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'

export type Hits = { count: number; resetsInSeconds: number }

export type RateCounter = {
  /** Count one more for the key in its current window of a minute. Never fails. */
  hit(key: string): Promise<Hits>
}

const windowSeconds = 60
const restMs = 2_000

// Limits differ by tenant and change while a window runs, so the library counts and we compare.
const countOnly = { points: Number.MAX_SAFE_INTEGER, duration: windowSeconds }

/** Counts shared through Redis; in this process alone where there is none, or while it does not answer. */
export function createRateCounter(name: string, redis: Redis | null): RateCounter {
  const memory = new RateLimiterMemory({ keyPrefix: name, ...countOnly })
  if (redis === null) return { hit: async (key) => hitsOf(await memory.consume(key)) }

  const shared = new RateLimiterRedis({ storeClient: redis, keyPrefix: `cvault:rate:${name}`, rejectIfRedisNotReady: true, ...countOnly })
  let isDown = false
  let restsUntil = 0

  return {
    async hit(key) {
      const now = Date.now()
      if (now >= restsUntil) {
        if (isDown) restsUntil = now + restMs // one request finds out whether it is back; the others do not wait for it
        try {
          const hits = hitsOf(await shared.consume(key))
          isDown = false
          restsUntil = 0
          // Should Redis go away within this window, counting goes on from here and not from nothing.
          await memory.set(key, hits.count, hits.resetsInSeconds)
          return hits
        } catch {
          isDown = true
          restsUntil = Date.now() + restMs
        }
      }
      return hitsOf(await memory.consume(key))
    },
  }
}

const hitsOf = (result: { consumedPoints: number; msBeforeNext: number }): Hits => ({
  count: result.consumedPoints,
  resetsInSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1_000)),
})
