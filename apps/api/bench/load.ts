import { performance } from 'node:perf_hooks'

export type Load = { perSecond: number; p50Ms: number; done: number; failed: number; firstError: unknown }

/** Keep `clients` calls under way for `seconds`. Only calls that succeeded within that time count. */
export async function runLoad(options: { clients: number; seconds: number; call: (client: number) => Promise<void> }): Promise<Load> {
  const startMs = performance.now()
  const endMs = startMs + options.seconds * 1_000
  const durations: number[] = []
  let failed = 0
  let firstError: unknown
  await Promise.all(
    Array.from({ length: options.clients }, async (_, client) => {
      while (performance.now() < endMs) {
        const beganMs = performance.now()
        try {
          await options.call(client)
          if (performance.now() <= endMs) durations.push(performance.now() - beganMs)
        } catch (error) {
          failed += 1 // the naive way fails under load; the figure says how often
          firstError ??= error
        }
      }
    }),
  )
  return { perSecond: durations.length / options.seconds, p50Ms: medianOf(durations), done: durations.length, failed, firstError }
}

export function medianOf(values: number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
