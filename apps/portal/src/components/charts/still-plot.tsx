'use client'

import { valueTicks } from './axes.ts'
import { type ChartData, lookOf, type PlotKind } from './series.ts'
import { formatUnit } from './units.ts'

interface StillPlotProps {
  kind: PlotKind
  data: ChartData
}

// Where the axes leave room, as the live chart has it (axes.ts).
const places = {
  time: 'top-2 left-16 h-[calc(100%-2.375rem)] w-[calc(100%-4.5rem)]',
  rank: 'top-2 left-28 h-[calc(100%-2rem)] w-[calc(100%-7.5rem)]',
}

/** The chart as it comes with the page: everything in it stands at a share of its box, so it fits any width and needs no script. */
export function StillPlot({ kind, data }: StillPlotProps) {
  const ticks = valueTicks(data, { isStacked: kind === 'rank' })
  return (
    <div className="@container relative size-full">
      <svg aria-hidden className={`absolute overflow-visible text-xs ${kind === 'rank' ? places.rank : places.time}`}>
        {kind === 'rank' ? <RankScale data={data} ticks={ticks} /> : <TimeScale kind={kind} data={data} ticks={ticks} />}
        {kind === 'area' && <Areas data={data} greatest={ticks.at(-1) ?? 1} />}
        {kind === 'bar' && <Bars data={data} greatest={ticks.at(-1) ?? 1} />}
        {kind === 'rank' && <LyingBars data={data} greatest={ticks.at(-1) ?? 1} />}
      </svg>
    </div>
  )
}

const share = (part: number, whole: number): number => Math.round((part / whole) * 10_000) / 100
const percent = (part: number, whole: number): string => `${share(part, whole)}%`

interface DrawnProps {
  data: ChartData
  greatest: number
}

function Areas({ data: { series, points }, greatest }: DrawnProps) {
  return (
    <svg width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible">
      {series.map((name, index) => {
        const corners = points.map(
          ({ values }, at) => `${share(at, points.length - 1 || 1)} ${share(greatest - (values[index] ?? 0), greatest)}`,
        )
        const line = `M${corners.join('L')}${corners.length === 1 ? 'h100' : ''}`
        const { color, dash } = lookOf(index)
        return (
          <g key={name} fill={color} stroke={color}>
            <path d={`${line}V100H0Z`} fillOpacity={0.12} stroke="none" />
            <path d={line} fill="none" strokeWidth={2} strokeDasharray={dash} vectorEffect="non-scaling-stroke" />
          </g>
        )
      })}
    </svg>
  )
}

function Bars({ data: { points }, greatest }: DrawnProps) {
  return points.map(({ name, values: [value = 0] }, at) => (
    <rect
      key={name}
      x={percent(at + 0.1, points.length)}
      width={percent(0.8, points.length)}
      y={percent(greatest - value, greatest)}
      height={percent(value, greatest)}
      rx={3}
      fill={lookOf(0).color}
    />
  ))
}

function LyingBars({ data: { series, points }, greatest }: DrawnProps) {
  return points.map(({ name, values }, at) =>
    series.map((each, index) => {
      const before = values.slice(0, index).reduce((sum, value) => sum + value, 0)
      const { color, dash } = lookOf(index)
      return (
        <rect
          key={`${name} ${each}`}
          x={percent(before, greatest)}
          width={percent(values[index] ?? 0, greatest)}
          y={percent(at + 0.125, points.length)}
          height={percent(0.75, points.length)}
          fill={color}
          fillOpacity={index === 0 ? 1 : 0.3}
          stroke={color}
          strokeDasharray={dash}
        />
      )
    }),
  )
}

interface ScaleProps {
  data: ChartData
  ticks: number[]
}

/** Values at the side; under the chart as many moments as have room, half of them on narrow screens. */
function TimeScale({ kind, data: { unit, points }, ticks }: ScaleProps & { kind: 'area' | 'bar' }) {
  const greatest = ticks.at(-1) ?? 1
  const atMost = (points[0]?.label.length ?? 0) > 7 ? 6 : 8
  const step = Math.ceil(points.length / atMost)
  return (
    <>
      {ticks.map((value) => {
        const y = percent(greatest - value, greatest)
        return (
          <g key={value}>
            <line x1={0} x2="100%" y1={y} y2={y} stroke={value === 0 ? 'var(--color-edge)' : 'var(--color-line)'} />
            <text x={-8} y={y} dy="0.355em" textAnchor="end" className="fill-muted">
              {formatUnit(unit, value)}
            </text>
          </g>
        )
      })}
      {points.map(({ name, label }, at) => {
        if (at % step !== 0) return null
        const x = kind === 'bar' ? percent(at + 0.5, points.length) : percent(at, points.length - 1 || 1)
        return (
          <text
            key={name}
            x={x}
            y="100%"
            dy={22}
            textAnchor="middle"
            className={`fill-muted ${(at / step) % 2 === 0 ? '' : 'hidden @xl:inline'}`}
          >
            {label}
          </text>
        )
      })}
    </>
  )
}

/** Names at the side, values under the bars. */
function RankScale({ data: { unit, points }, ticks }: ScaleProps) {
  const greatest = ticks.at(-1) ?? 1
  return (
    <>
      {ticks.map((value, index) => {
        const x = percent(value, greatest)
        return (
          <g key={value}>
            <line x1={x} x2={x} y1={0} y2="100%" stroke={value === 0 ? 'var(--color-edge)' : 'var(--color-line)'} />
            <text x={x} y="100%" dy={20} textAnchor="middle" className={`fill-muted ${index % 2 === 0 ? '' : 'hidden @md:inline'}`}>
              {formatUnit(unit, value)}
            </text>
          </g>
        )
      })}
      {points.map(({ name, label }, at) => (
        <text key={name} x={-10} y={percent(at + 0.5, points.length)} dy="0.355em" textAnchor="end" className="fill-muted">
          {label.length > 15 ? `${label.slice(0, 14)}…` : label}
        </text>
      ))}
    </>
  )
}
