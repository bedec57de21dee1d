/** A sleep that can be ended. A ring while nobody sleeps ends the next sleep at once. */
export type Alarm = { sleep(ms: number): Promise<void>; ring(): void }

export function createAlarm(): Alarm {
  let wake: (() => void) | undefined
  let hasRung = false
  return {
    async sleep(ms) {
      if (!hasRung && ms > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1))
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = undefined
      hasRung = false
    },
    ring() {
      hasRung = true
      wake?.()
    },
  }
}
