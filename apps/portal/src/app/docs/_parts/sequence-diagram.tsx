'use client'

import { parseSequence } from './sequence.ts'

const [laneWidth, rowHeight, headHeight] = [280, 52, 44]

/** Who tells whom what, in order: a drawing, and the same as a list for phones and screen readers. */
export function SequenceDiagram({ source }: { source: string }) {
  const { actors, steps } = parseSequence(source)
  const xOf = (actor: string): number => laneWidth * (actors.indexOf(actor) + 0.5)
  const [width, height] = [laneWidth * actors.length, headHeight + rowHeight * steps.length + 16]
  return (
    <div className="card my-5 p-4 print:break-inside-avoid">
      <ol className="ml-5 list-decimal space-y-2 text-sm sm:sr-only">
        {steps.map(({ from, to, text }, index) => (
          <li key={index}>
            <strong>
              {from} → {to}:
            </strong>{' '}
            {text}
          </li>
        ))}
      </ol>
      <svg viewBox={`0 0 ${width} ${height}`} aria-hidden className="mx-auto hidden h-auto w-full max-w-3xl sm:block">
        {actors.map((actor) => (
          <g key={actor}>
            <line x1={xOf(actor)} y1={headHeight} x2={xOf(actor)} y2={height} className="stroke-line" strokeWidth="2" />
            <rect x={xOf(actor) - 80} y="2" width="160" height={headHeight - 8} rx="8" className="fill-accent-soft stroke-edge" />
            <text x={xOf(actor)} y="25" textAnchor="middle" fontSize="15" fontWeight="600" className="fill-ink">
              {actor}
            </text>
          </g>
        ))}
        {steps.map(({ from, to, text }, index) => {
          const [x1, x2, y] = [xOf(from), xOf(to), headHeight + rowHeight * (index + 0.75)]
          const tip = x2 > x1 ? -1 : 1
          return (
            <g key={index}>
              <line x1={x1} y1={y} x2={x2 + tip * 3} y2={y} className="stroke-accent" strokeWidth="2" />
              <path d={`M${x2} ${y} l${tip * 10} -5 v10 z`} className="fill-accent" />
              <text x={(x1 + x2) / 2} y={y - 9} textAnchor="middle" fontSize="13.5" className="fill-ink">
                {text}
              </text>
            </g>
          )
        })}
      </svg>
    </div>
  )
}
