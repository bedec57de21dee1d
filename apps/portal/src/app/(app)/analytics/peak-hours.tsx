import type { AnalyticsPeakHours } from '@cvault/schema/analytics'
import { HeatMap } from '../../../components/charts/heat-map.tsx'
import { formatNumber } from '../../../lib/format.ts'

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'))
const units = [
  { name: 'kB', bytes: 1e3 },
  { name: 'MB', bytes: 1e6 },
  { name: 'GB', bytes: 1e9 },
  { name: 'TB', bytes: 1e12 },
]

/** When a week is busy. One unit for all cells, so that the numbers compare. */
export function PeakHours({ peakHours: { cells }, timeZone }: { peakHours: AnalyticsPeakHours; timeZone: string }) {
  const heat = cells.map(({ weekday, hour, rxBytes, txBytes }) => ({
    row: weekdays[weekday - 1] ?? '',
    column: hours[hour] ?? '',
    value: rxBytes + txBytes,
  }))
  const greatest = Math.max(0, ...heat.map(({ value }) => value))
  const unit = units.findLast(({ bytes }) => greatest >= bytes) ?? { name: 'B', bytes: 1 }
  return (
    <HeatMap
      title="Peak hours"
      note={`Average bandwidth of each hour of the week, in ${unit.name}, ${timeZone}.`}
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
