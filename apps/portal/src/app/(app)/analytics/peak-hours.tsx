import type { AnalyticsPeakHours } from '@cvault/schema/analytics'
import { HeatMap } from '../../../components/charts/heat-map.tsx'
import { formatNumber } from '../../../lib/format.ts'
import type { AnalyticsRange } from './range.ts'
import { hourOfWeekAt } from './zoned-day.ts'

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'))
const units = [
  { name: 'kB', bytes: 1e3 },
  { name: 'MB', bytes: 1e6 },
  { name: 'GB', bytes: 1e9 },
  { name: 'TB', bytes: 1e12 },
]

/** When a week is busy. One unit for all cells, so that the numbers compare. */
export function PeakHours({ peakHours: { cells }, range }: { peakHours: AnalyticsPeakHours; range: AnalyticsRange }) {
  const covered = hoursOf(range)
  const heat = cells
    .filter(({ weekday, hour }) => covered.has(`${weekday} ${hour}`))
    .map(({ weekday, hour, rxBytes, txBytes }) => ({
      row: weekdays[weekday - 1] ?? '',
      column: hours[hour] ?? '',
      value: rxBytes + txBytes,
    }))
  const greatest = Math.max(0, ...heat.map(({ value }) => value))
  const unit = units.findLast(({ bytes }) => greatest >= bytes) ?? { name: 'B', bytes: 1 }
  return (
    <HeatMap
      title="Peak hours"
      note={`Average bandwidth of each hour of the week, in ${unit.name}. Times are ${range.timeZone}.`}
      rowName="Day"
      rows={weekdays}
      columns={hours}
      cells={heat}
      unit="bytes"
      format={(value) => {
        const amount = value / unit.bytes
        return amount >= 10 ? Math.round(amount).toString() : formatNumber(amount)
      }}
    />
  )
}

const hourMs = 3_600_000

/** The hours of the week that the range has: less than a week has not all of them, and what was not cannot have been quiet. */
function hoursOf({ from, to, timeZone }: AnalyticsRange): Set<string> {
  const [first, end] = [Date.parse(from), Math.min(Date.parse(to), Date.parse(from) + 8 * 24 * hourMs)]
  const count = Math.ceil((end - first) / hourMs)
  const moments = Array.from({ length: count }, (_, index) => hourOfWeekAt(first + index * hourMs, timeZone))
  return new Set(moments.map(({ weekday, hour }) => `${weekday} ${hour}`))
}
