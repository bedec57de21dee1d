import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './faults.ts'
import type { History } from './history.ts'
import type { Random } from './random.ts'

/** Breaks one thing after the other, each kind once before any comes again, and waits and heals in between. */
export type Nemesis = { strike(): Promise<void> }

export function createNemesis(faults: Fault[], history: History, random: Random): Nemesis {
  let waiting: Fault[] = []
  return {
    async strike() {
      if (waiting.length === 0) waiting = [...faults]
      const fault = random.pick(waiting)
      if (!fault) return
      waiting = waiting.filter((other) => other !== fault)
      const over = history.fault(fault.name, fault.excuses)
      try {
        await fault.strike()
      } finally {
        over()
      }
      await sleep(random.int(1_000))
    },
  }
}
