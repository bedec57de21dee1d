import type { UserUsage } from '@cvault/sdk-js'

type Day = UserUsage['days'][number]

const dayMs = 86_400_000

/** Every day of the month so far, those without use as zeros: a gap in a chart must look like one. */
export function daysOfMonth({ from, to, days }: Pick<UserUsage, 'from' | 'to' | 'days'>, now: number): Day[] {
  const used = new Map(days.map((day) => [day.date, day]))
  const start = Date.parse(from)
  const last = [...used.keys()].at(-1)
  const end = Math.max(Math.min(Date.parse(to) - 1, now), last === undefined ? start : Date.parse(`${last}T00:00:00Z`))
  const all: Day[] = []
  for (let time = start; time <= end; time += dayMs) {
    const date = new Date(time).toISOString().slice(0, 10)
    all.push(used.get(date) ?? { date, rxBytes: 0, txBytes: 0, connectionSeconds: 0 })
  }
  return all
}

/** The next round number above, 1, 2 or 5 times a power of ten: where the chart's axis ends. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [1, 2, 5, 10].find((step) => step * power >= value * (1 - 1e-12)) ?? 10
  return factor * power
}
