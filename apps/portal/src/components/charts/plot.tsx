'use client'

import { Skeleton } from '@cvault/ui/skeleton'
import dynamic from 'next/dynamic'
import { useRef } from 'react'
import { type ChartData, lookOf } from './series.ts'
import { useNear } from './use-near.ts'

// Drawn in the browser alone, by code that only pages with charts load: it measures its box, and styles it where a server may not.
const AreaPlot = dynamic(() => import('./area-plot.tsx').then((module) => module.AreaPlot), { ssr: false, loading: Waiting })
const BarPlot = dynamic(() => import('./bar-plot.tsx').then((module) => module.BarPlot), { ssr: false, loading: Waiting })
const RankPlot = dynamic(() => import('./rank-plot.tsx').then((module) => module.RankPlot), { ssr: false, loading: Waiting })

const plots = { area: AreaPlot, bar: BarPlot, rank: RankPlot }

interface PlotProps {
  /** `area`: amounts over time. `bar`: counts over time. `rank`: things below each other. */
  kind: keyof typeof plots
  data: ChartData
}

/** A chart in a box whose height is known before it is drawn, which is when somebody comes near it. */
export function Plot({ kind, data }: PlotProps) {
  const Drawn = plots[kind]
  const box = useRef<HTMLDivElement>(null)
  const isNear = useNear(box)
  return (
    <>
      {data.series.length > 1 && <Legend series={data.series} />}
      <div ref={box} className={kind === 'rank' ? heightOf(data.points.length) : 'h-64'}>
        {isNear ? <Drawn data={data} /> : <Waiting />}
      </div>
    </>
  )
}

function Waiting() {
  return <Skeleton className="size-full" />
}

const heightOf = (rows: number): string => (rows <= 3 ? 'h-40' : rows <= 6 ? 'h-64' : 'h-96')

function Legend({ series }: { series: string[] }) {
  return (
    <ul className="mb-2 flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
      {series.map((name, index) => (
        <li key={name} className="flex items-center gap-2">
          <svg aria-hidden width={24} height={8}>
            <line x1={0} x2={24} y1={4} y2={4} stroke={lookOf(index).color} strokeWidth={3} strokeDasharray={lookOf(index).dash} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  )
}
