import type { ChartData, ChartPoint } from './series.ts'
import { axisTicks, formatUnit } from './units.ts'

// What all our charts share, mostly as the props of Recharts' parts.

const tick = { fill: 'var(--color-muted)', fontSize: 12 }
const axis = { tick, tickLine: false, stroke: 'var(--color-edge)' } as const

export const valueAt = (index: number) => (point: ChartPoint) => point.values[index]

export const frame = ({ title, points }: ChartData) => ({
  data: points,
  responsive: true,
  className: 'size-full',
  margin: { top: 8, right: 8, bottom: 0, left: 0 },
  accessibilityLayer: true,
  'aria-label': `${title}. The arrow keys go from point to point.`,
})

/** Moments under the chart, as many as have room. */
export function alongTime({ points }: ChartData) {
  const labels = new Map(points.map(({ name, label }) => [name, label]))
  return {
    ...axis,
    dataKey: 'name',
    minTickGap: 28,
    tickMargin: 8,
    tickFormatter: (name: string) => labels.get(name) ?? name,
  }
}

export function acrossThings(data: ChartData) {
  return { ...alongTime(data), type: 'category' as const, width: 112, interval: 0, tickMargin: 4 }
}

/** From nothing to a round value above the greatest; of the sums, where values stand on each other. */
export function valueTicks({ unit, points }: ChartData, { isStacked = false } = {}): number[] {
  const greatest = points.reduce((most, { values }) => Math.max(most, isStacked ? sum(values) : Math.max(...values)), 0)
  return axisTicks(unit, greatest)
}

export function valueAxis(data: ChartData, options: { isStacked?: boolean } = {}) {
  const ticks = valueTicks(data, options)
  return {
    ...axis,
    axisLine: false,
    width: 64,
    ticks,
    domain: [0, ticks.at(-1) ?? 0],
    tickFormatter: (value: number) => formatUnit(data.unit, value),
  }
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)
