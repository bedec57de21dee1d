import type { AnalyticsBandwidth, AnalyticsUsers } from '@cvault/schema/analytics'
import { ChartFigure } from '../../../components/charts/chart-figure.tsx'
import { Plot } from '../../../components/charts/plot.tsx'
import type { ChartData } from '../../../components/charts/series.ts'
import { timeLabels } from '../../../components/charts/time-labels.ts'

const words = { hour: ['Each hour', 'Hour'], day: ['Each day', 'Day'], month: ['Each month', 'Month'] } as const

export function BandwidthChart({ bandwidth: { buckets, bucket, timeZone } }: { bandwidth: AnalyticsBandwidth }) {
  const { label, name } = timeLabels(bucket, timeZone)
  const data: ChartData = {
    title: 'Bandwidth',
    unit: 'bytes',
    series: ['Download', 'Upload'],
    points: buckets.map(({ start, rxBytes, txBytes }) => ({ label: label(start), name: name(start), values: [txBytes, rxBytes] })),
  }
  const [each, pointName] = words[bucket]
  return (
    <ChartFigure data={data} note={`${each}. Times are ${timeZone}; 1 GB is 10⁹ bytes.`} pointName={`${pointName} (${timeZone})`}>
      <Plot kind="area" data={data} />
    </ChartFigure>
  )
}

export function UsersChart({ users: { days } }: { users: AnalyticsUsers }) {
  const { label, name } = timeLabels('day', 'UTC')
  const data: ChartData = {
    title: 'Active users',
    unit: 'number',
    series: ['Active users'],
    points: days.map(({ date, activeUsers }) => ({ label: label(date), name: name(date), values: [activeUsers] })),
  }
  return (
    <ChartFigure data={data} note="Users with a connection or traffic, each day. Days are UTC." pointName="Day (UTC)">
      <Plot kind="bar" data={data} />
    </ChartFigure>
  )
}
