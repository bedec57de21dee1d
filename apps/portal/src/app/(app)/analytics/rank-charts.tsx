import type { AnalyticsRegions, AnalyticsServers } from '@cvault/schema/analytics'
import { ChartFigure } from '../../../components/charts/chart-figure.tsx'
import { Plot } from '../../../components/charts/plot.tsx'
import type { ChartData } from '../../../components/charts/series.ts'

interface Thing {
  label: string
  name: string
  rxBytes: number
  txBytes: number
}

const mostBars = 10

export function RegionsChart({ regions }: { regions: AnalyticsRegions['regions'] }) {
  const things = regions.map(({ region, ...bytes }) => ({ label: region, name: region, ...bytes }))
  return <RankFigure title="Regions" pointName="Region" things={things} />
}

export function ServersChart({ servers }: { servers: AnalyticsServers['servers'] }) {
  const things = servers.map(({ name, region, ...bytes }) => ({ label: name, name: `${name} (${region})`, ...bytes }))
  return <RankFigure title="Servers" pointName="Server" things={things} />
}

/** The greatest as bars, all of them in the table. */
function RankFigure({ title, pointName, things }: { title: string; pointName: string; things: Thing[] }) {
  const points = things.map(({ label, name, rxBytes, txBytes }) => ({ label, name, values: [txBytes, rxBytes] }))
  const data: ChartData = { title, unit: 'bytes', series: ['Download', 'Upload'], points }
  const isCut = points.length > mostBars
  return (
    <ChartFigure
      data={data}
      note={`Bandwidth, the busiest first${isCut ? `: ${mostBars} of ${points.length}, all in the table` : ''}. 1 GB is 10⁹ bytes.`}
      pointName={pointName}
    >
      <Plot kind="rank" data={{ ...data, points: points.slice(0, mostBars) }} />
    </ChartFigure>
  )
}
