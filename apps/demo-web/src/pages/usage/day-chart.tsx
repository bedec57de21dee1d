import type { UserUsage } from '@cvault/sdk-js'
import { useState } from 'react'
import { Button } from '@cvault/ui/button'
import { formatBytes } from '../../format/bytes.ts'
import { formatDay, formatTotal } from '../../format/time.ts'
import { daysOfMonth, niceCeiling } from './month-days.ts'

export function DayChart({ usage }: { usage: UserUsage }) {
  const [isTable, setTable] = useState(false)
  const days = daysOfMonth(usage, Date.now())
  return (
    <section aria-labelledby="days" className="card p-5 sm:p-6">
      <div className="mb-4 flex flex-wrap items-center justify-between gap-2">
        <h2 id="days" className="text-lg font-bold">
          By the day
        </h2>
        <Button aria-expanded={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'Show chart' : 'Show table'}
        </Button>
      </div>
      {isTable ? <DayTable days={usage.days} /> : <Bars days={days} />}
    </section>
  )
}

function Bars({ days }: { days: UserUsage['days'] }) {
  const top = niceCeiling(Math.max(...days.map(({ rxBytes, txBytes }) => rxBytes + txBytes)))
  const most = days.reduce((best, day) => (day.rxBytes + day.txBytes > best.rxBytes + best.txBytes ? day : best))
  const summary = `Traffic by day: most on ${formatDay(most.date)} with ${formatBytes(most.rxBytes + most.txBytes)}`
  return (
    <figure>
      <div className="flex gap-2">
        <div aria-hidden className="tabular flex w-14 shrink-0 flex-col justify-between text-right text-xs text-muted">
          {[top, top / 2, 0].map((mark) => (
            <span key={mark} className="-my-2">
              {formatBytes(mark)}
            </span>
          ))}
        </div>
        <div role="img" aria-label={summary} className="relative flex h-52 min-w-0 flex-1 items-end gap-px border-b border-edge sm:gap-1">
          <span aria-hidden className="absolute inset-x-0 top-0 border-t border-dashed border-line" />
          <span aria-hidden className="absolute inset-x-0 top-1/2 border-t border-dashed border-line" />
          {days.map(({ date, rxBytes, txBytes }) => (
            <div
              key={date}
              title={`${formatDay(date)}: ${formatBytes(txBytes)} received, ${formatBytes(rxBytes)} sent`}
              className="relative flex h-full max-w-10 min-w-0 flex-1 flex-col justify-end"
            >
              <div className="rounded-t-sm bg-accent/45" style={{ height: percent(rxBytes, top) }} />
              <div className="bg-accent" style={{ height: percent(txBytes, top) }} />
            </div>
          ))}
        </div>
      </div>
      <div aria-hidden className="mt-1 flex justify-between pl-16 text-xs text-muted">
        <span>{formatDay(days[0]?.date ?? '')}</span>
        {days.length > 1 && <span>{formatDay(days.at(-1)?.date ?? '')}</span>}
      </div>
      <figcaption className="mt-3 flex gap-5 text-sm text-muted">
        <span className="flex items-center gap-2">
          <span aria-hidden className="size-3 rounded-sm bg-accent" /> Received
        </span>
        <span className="flex items-center gap-2">
          <span aria-hidden className="size-3 rounded-sm bg-accent/45" /> Sent
        </span>
      </figcaption>
    </figure>
  )
}

function DayTable({ days }: { days: UserUsage['days'] }) {
  return (
    <div className="overflow-x-auto" role="region" aria-label="Usage by day" tabIndex={0}>
      <table className="tabular w-full text-right text-[0.9375rem]">
        <thead className="text-sm text-muted">
          <tr className="border-b border-line">
            <th scope="col" className="py-2 pr-4 text-left font-medium">
              Day
            </th>
            <th scope="col" className="py-2 pl-4 font-medium">
              Received
            </th>
            <th scope="col" className="py-2 pl-4 font-medium">
              Sent
            </th>
            <th scope="col" className="py-2 pl-4 font-medium">
              Connected
            </th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ date, rxBytes, txBytes, connectionSeconds }) => (
            <tr key={date} className="border-b border-line last:border-0">
              <th scope="row" className="py-2 pr-4 text-left font-medium whitespace-nowrap">
                {formatDay(date)}
              </th>
              <td className="py-2 pl-4 whitespace-nowrap">{formatBytes(txBytes)}</td>
              <td className="py-2 pl-4 whitespace-nowrap">{formatBytes(rxBytes)}</td>
              <td className="py-2 pl-4 whitespace-nowrap">{formatTotal(connectionSeconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function percent(value: number, top: number): string {
  return `${(value / top) * 100}%`
}
