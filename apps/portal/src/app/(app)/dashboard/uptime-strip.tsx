'use client'

import type { DashboardServer } from '@cvault/schema/dashboard'
import { timeLabels } from '../../../components/charts/time-labels.ts'
import { formatPercent } from '../../../lib/format.ts'

const [step, height] = [6, 24]

/** A bar a day: the shorter, the longer the server was away. A dot is a day without a measurement. */
export function UptimeStrip({ days }: { days: DashboardServer['days'] }) {
  return (
    <svg role="img" aria-label={inWords(days)} width={days.length * step} height={height} className="block">
      {days.map(({ date, uptimePercent }, index) => {
        const tall = uptimePercent === null ? 2 : heightOf(uptimePercent)
        return (
          <rect key={date} x={index * step} y={height - tall} width={step - 2} height={tall} rx={1} className={lookOf(uptimePercent)} />
        )
      })}
    </svg>
  )
}

// Down to 90 %: below that a bar is as short as can be seen.
const heightOf = (percent: number): number => Math.max(4, ((percent - 90) / 10) * height)

const lookOf = (percent: number | null): string =>
  percent === null ? 'fill-edge' : percent >= 99.5 ? 'fill-good' : percent >= 95 ? 'fill-warn' : 'fill-danger'

function inWords(days: DashboardServer['days']): string {
  const measured = days.flatMap(({ date, uptimePercent }) => (uptimePercent === null ? [] : [{ date, uptimePercent }]))
  const worst = measured.toSorted((one, other) => one.uptimePercent - other.uptimePercent)[0]
  if (!worst) return 'Nothing measured yet'
  if (worst.uptimePercent === 100) return `Up on all of ${measured.length} days`
  return `${measured.length} days measured; the worst was ${timeLabels('day', 'UTC').name(worst.date)} with ${formatPercent(worst.uptimePercent)}`
}
