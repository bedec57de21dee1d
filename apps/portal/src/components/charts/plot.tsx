'use client'

import { type ComponentType, useEffect, useRef, useState } from 'react'
import { type ChartData, lookOf, type PlotKind } from './series.ts'
import { StillPlot } from './still-plot.tsx'

interface PlotProps {
  kind: PlotKind
  data: ChartData
}

type Drawing = ComponentType<{ data: ChartData }>

// The library that draws these is larger than everything else on a page: it comes when somebody points at a chart or tabs to it.
const drawings: Record<PlotKind, () => Promise<Drawing>> = {
  area: () => import('./area-plot.tsx').then((module) => module.AreaPlot),
  bar: () => import('./bar-plot.tsx').then((module) => module.BarPlot),
  rank: () => import('./rank-plot.tsx').then((module) => module.RankPlot),
}

/** A chart in a box whose height is known: a picture that comes with the page, and comes to life when somebody turns to it. */
export function Plot({ kind, data }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const isAsked = useRef(false)
  const [Drawn, setDrawn] = useState<Drawing>()

  const wake = () => {
    if (isAsked.current) return
    isAsked.current = true
    // Where it cannot be had the picture stays.
    drawings[kind]().then(
      (drawing) => setDrawn(() => drawing),
      () => (isAsked.current = false),
    )
  }
  // Whoever came by key goes on with the keys. The chart measures its box before it draws itself.
  useEffect(() => {
    const element = box.current
    if (!Drawn || !element || document.activeElement !== element) return
    const watch = new MutationObserver(() => element.querySelector<SVGElement>('svg[tabindex]')?.focus())
    watch.observe(element, { childList: true, subtree: true })
    element.addEventListener('focusin', () => watch.disconnect(), { once: true })
    element.querySelector<SVGElement>('svg[tabindex]')?.focus()
    return () => watch.disconnect()
  }, [Drawn])

  const asPicture = { role: 'img', 'aria-label': `${data.title}. The arrow keys go from point to point.`, tabIndex: 0 }
  return (
    <>
      {data.series.length > 1 && <Legend series={data.series} />}
      <div
        ref={box}
        className={kind === 'rank' ? heightOf(data.points.length) : 'h-64'}
        onPointerEnter={wake}
        onFocus={wake}
        {...(Drawn ? { tabIndex: -1 } : asPicture)}
      >
        {Drawn ? <Drawn data={data} /> : <StillPlot kind={kind} data={data} />}
      </div>
    </>
  )
}

const heightOf = (rows: number): string => (rows <= 1 ? 'h-24' : rows <= 3 ? 'h-40' : rows <= 6 ? 'h-64' : 'h-96')

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
