import type { DashboardUsage } from '@cvault/schema/dashboard'
import { ChartFigure } from '../../../components/charts/chart-figure.tsx'
import { Plot } from '../../../components/charts/plot.tsx'
import type { ChartData } from '../../../components/charts/series.ts'
import { timeLabels } from '../../../components/charts/time-labels.ts'

type Day = DashboardUsage['days'][number]

export function UsageCharts({ days }: { days: Day[] }) {
  const bandwidth: ChartData = {
    title: 'Bandwidth',
    unit: 'bytes',
    series: ['Download', 'Upload'],
    points: pointsOf(days, ({ rxBytes, txBytes }) => [txBytes, rxBytes]),
  }
  const users: ChartData = {
    title: 'Active users',
    unit: 'number',
    series: ['Active users'],
    points: pointsOf(days, ({ activeUsers }) => [activeUsers]),
  }
  return (
    <div className="grid grid-cols-1 gap-6 xl:grid-cols-2">
      <ChartFigure data={bandwidth} note="Each of 30 days (UTC), today so far. 1 GB is 10⁹ bytes." pointName="Day">
        <Plot kind="area" data={bandwidth} />
      </ChartFigure>
      <ChartFigure data={users} note="Connected or with traffic, each of 30 days (UTC), today so far." pointName="Day">
        <Plot kind="bar" data={users} />
      </ChartFigure>
    </div>
  )
}

function pointsOf(days: Day[], valuesOf: (day: Day) => number[]) {
  const { label, name } = timeLabels('day', 'UTC')
  return days.map((day) => ({ label: label(day.date), name: name(day.date), values: valuesOf(day) }))
}
