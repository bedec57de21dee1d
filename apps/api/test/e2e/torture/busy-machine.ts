import { setTimeout as sleep } from 'node:timers/promises'
import type { History } from './history.ts'

const burstMs = 15
const everyMs = 400

/**
 * Measure what share of a processor this process gets. A machine that gives less than a third is not ours alone: time-outs that
 * were hit meanwhile say nothing of the API, whose 503 was the truth. Runs until told that it is over.
 */
export async function watchMachine(history: History, isOver: () => boolean): Promise<void> {
  let over: (() => void) | undefined
  while (!isOver()) {
    const [fromMs, from] = [performance.now(), process.cpuUsage()]
    while (performance.now() - fromMs < burstMs * 10 && cpuMs(from) < burstMs);
    const isBusy = performance.now() - fromMs > cpuMs(from) * 3
    if (isBusy) over ??= history.fault('machine busy', ({ code }) => code === 'SERVICE_UNAVAILABLE')
    else over = void over?.()
    await sleep(everyMs)
  }
  over?.()
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1_000
}
