'use client'

import type { ReactNode } from 'react'
import type { ChartData } from './series.ts'
import { formatUnit } from './units.ts'

interface ChartFigureProps {
  data: ChartData
  /** Units and time zone, in words. */
  note: string
  /** What the points are: the head of the table's first column. */
  pointName: string
  children: ReactNode
}

/** A chart with its name, its units, and the same numbers as a table. */
export function ChartFigure({ data, note, pointName, children }: ChartFigureProps) {
  return (
    <figure className="card min-w-0 p-5 sm:p-6">
      <figcaption className="mb-4">
        <h2 className="text-lg font-bold">{data.title}</h2>
        <p className="mt-1 text-sm text-muted">{note}</p>
      </figcaption>
      {children}
      <details className="group mt-3">
        <summary className="inline-flex min-h-11 items-center rounded-lg text-sm font-semibold text-accent hover:text-accent-strong">
          Show as table
        </summary>
        <div
          className="max-h-96 overflow-auto rounded-lg border border-line"
          role="region"
          aria-label={`${data.title}: table`}
          tabIndex={0}
        >
          <table className="tabular w-full border-collapse text-right text-sm whitespace-nowrap [&_:is(td,th)]:px-3 [&_:is(td,th)]:py-1.5">
            <thead className="sticky top-0 bg-surface text-[0.8125rem] text-muted [&_th]:font-semibold">
              <tr>
                <th scope="col" className="text-left">
                  {pointName}
                </th>
                {data.series.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="divide-y divide-line border-t border-line">
              {data.points.map((point) => (
                <tr key={point.name}>
                  <th scope="row" className="text-left font-normal">
                    {point.name}
                  </th>
                  {point.values.map((value, index) => (
                    <td key={data.series[index]}>{formatUnit(data.unit, value)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  )
}
