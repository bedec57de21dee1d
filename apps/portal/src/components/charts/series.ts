import type { ChartUnit } from './units.ts'

/** One moment (or one thing) and its values. */
export interface ChartPoint {
  /** On the axis: short. */
  label: string
  /** In the tooltip and the table: complete. */
  name: string
  values: number[]
}

/** `area`: amounts over time. `bar`: counts over time. `rank`: things below each other. */
export type PlotKind = 'area' | 'bar' | 'rank'

/** What a chart shows, as data alone: it is made on the server, which draws it once, and the browser makes it answer. */
export interface ChartData {
  title: string
  unit: ChartUnit
  /** Names of the values of each point, in their order. Two at most. */
  series: string[]
  points: ChartPoint[]
}

/** Colours and strokes: the second is dashed, so that nobody needs the colours to tell them apart. */
export const seriesLook = [
  { color: 'var(--color-series-1)', dash: undefined },
  { color: 'var(--color-series-2)', dash: '6 4' },
] as const

export const lookOf = (index: number): (typeof seriesLook)[number] => seriesLook[index % 2] ?? seriesLook[0]
