import { mostOfADay } from '../dataplane/roll-up.ts'
import type { Block, Interval } from './chain.ts'
import type { RollUp } from './records.ts'

type Sum = { rx: bigint; tx: bigint; isCompared: boolean }
type Key = Pick<RollUp, 'kind' | 'period' | 'of'>

/** What intervals add up to, day by day, compared with what is kept of them. A day is forgotten when it is closed. */
export type Sums = {
  add(interval: Interval, block: Block | undefined): void
  compare(rollUp: RollUp): void
  /** What is wrong with the roll-ups of a day of which all blocks have been read. */
  closeDay(date: string): string[]
  close(): string[]
}

/** `from`: the first day (UTC) of which every interval is kept; null: there are no roll-ups to compare with. */
export function createSums(from: string | null): Sums {
  const days = new Map<string, Map<string, Sum>>()
  const wrong = new Map<string, string[]>()
  let last = { endedMs: NaN, text: '' }
  const note = (date: string, what: string) => wrong.set(date, [...(wrong.get(date) ?? []), what])

  function sumOf(date: string, key: Key): Sum {
    const day = days.get(date) ?? new Map<string, Sum>()
    days.set(date, day)
    const name = `${key.kind} ${key.period}${key.of && ` ${key.of}`}`
    const sum = day.get(name) ?? { rx: 0n, tx: 0n, isCompared: false }
    day.set(name, sum)
    return sum
  }

  return {
    add({ endedMs, deviceId, userId, rxBytes, txBytes }, block) {
      if (endedMs !== last.endedMs) last = { endedMs, text: new Date(endedMs).toISOString() }
      const moment = last.text
      const date = moment.slice(0, 10)
      if (from === null || date < from) return
      const keys: Key[] = [
        { kind: 'hour', period: moment.slice(0, 13), of: block ? `${block.serverId} ${block.region}` : '' },
        { kind: 'device-day', period: date, of: deviceId },
        { kind: 'user-day', period: date, of: userId },
        { kind: 'day', period: date, of: '' },
      ]
      for (const key of keys) {
        const sum = sumOf(date, key)
        sum.rx += rxBytes
        sum.tx += txBytes
      }
    },
    compare({ rxBytes, txBytes, ...key }) {
      const date = key.period.slice(0, 10)
      if (from === null || date < from) return
      const sum = sumOf(date, key)
      sum.isCompared = true
      if (least(sum.rx) !== rxBytes || least(sum.tx) !== txBytes)
        note(date, `the ${nameOf(key)} says ${rxBytes} bytes received and ${txBytes} sent; its intervals say ${sum.rx} and ${sum.tx}`)
    },
    closeDay(date) {
      const missing = [...(days.get(date) ?? [])].filter(([, sum]) => !sum.isCompared && (sum.rx > 0n || sum.tx > 0n))
      const found = [
        ...(wrong.get(date) ?? []),
        ...missing.map(([name, sum]) => `the ${name} is missing, with ${sum.rx} bytes received and ${sum.tx} sent`),
      ]
      days.delete(date)
      wrong.delete(date)
      return found
    },
    close() {
      return [...new Set([...days.keys(), ...wrong.keys()])].toSorted().flatMap((date) => this.closeDay(date))
    },
  }
}

// Roll-ups stop at what a bigint can still add up.
const least = (bytes: bigint): bigint => (bytes > mostOfADay ? mostOfADay : bytes)
const nameOf = ({ kind, period, of }: Key): string => `${kind} ${period}${of && ` ${of}`}`
