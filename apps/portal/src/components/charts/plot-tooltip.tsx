'use client'

import { type ChartData, lookOf } from './series.ts'
import { formatUnit } from './units.ts'

interface PlotTooltipProps {
  data: ChartData
  // Given by Recharts; `label` is what stands at the axis, the point's name.
  active?: boolean
  label?: string | number
}

/** The values of the point under the pointer or the arrow keys, said aloud too. */
export function PlotTooltip({ data, active = false, label }: PlotTooltipProps) {
  const point = active ? data.points.find(({ name }) => name === label) : undefined
  if (!point) return null
  return (
    <div role="status" aria-live="assertive" className="rounded-lg border border-line bg-surface px-3 py-2 text-sm text-ink shadow-lg">
      <p className="font-semibold">{point.name}</p>
      <ul>
        {data.series.map((name, index) => (
          <li key={name} className="flex items-center gap-2">
            <svg aria-hidden width={16} height={8}>
              <line x1={0} x2={16} y1={4} y2={4} stroke={lookOf(index).color} strokeWidth={3} strokeDasharray={lookOf(index).dash} />
            </svg>
            <span className="text-muted">{name}</span>
            <span className="tabular ml-auto pl-3 font-semibold">{formatUnit(data.unit, point.values[index] ?? 0)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
