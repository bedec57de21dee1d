import { formatBytes, formatHours, formatNumber, formatPercent } from '../../lib/format.ts'

/** What a chart counts. A word and not a function, because it travels from the server to the browser. */
export type ChartUnit = 'bytes' | 'hours' | 'number' | 'percent'

const formats: Record<ChartUnit, (value: number) => string> = {
  bytes: formatBytes,
  hours: formatHours,
  number: formatNumber,
  percent: formatPercent,
}

/** A value as people read it. Hours come as seconds. */
export const formatUnit = (unit: ChartUnit, value: number): string => formats[unit](value)

// People and calls have no halves; finer steps of the others would read alike.
const leastSteps: Record<ChartUnit, number> = { bytes: 1, hours: 360, number: 1, percent: 1 }

/** Round values for the axis, from nothing to the first above the greatest. */
export function axisTicks(unit: ChartUnit, greatest: number): number[] {
  const scale = unit === 'hours' ? 3_600 : 1
  const step = Math.max(leastSteps[unit], roundUp(greatest / scale / 5) * scale)
  return Array.from({ length: Math.max(1, Math.ceil(greatest / step)) + 1 }, (_, index) => index * step)
}

/** To 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  if (!(value > 0)) return 0
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5].find((factor) => factor * power >= value) ?? 10) * power
}
