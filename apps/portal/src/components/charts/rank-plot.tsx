import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts'
import { acrossThings, frame, valueAxis, valueAt } from './axes.ts'
import { PlotTooltip } from './plot-tooltip.tsx'
import { type ChartData, lookOf } from './series.ts'

/** Bars that lie, so that long names have room. Several values of a thing stand in one bar. */
export function RankPlot({ data }: { data: ChartData }) {
  return (
    <BarChart {...frame(data)} layout="vertical" barCategoryGap="25%">
      <CartesianGrid horizontal={false} stroke="var(--color-line)" />
      <XAxis {...valueAxis(data, { isStacked: true })} type="number" interval="equidistantPreserveStart" height={24} />
      <YAxis {...acrossThings(data)} />
      <Tooltip isAnimationActive={false} cursor={{ fill: 'var(--color-sunken)' }} content={<PlotTooltip data={data} />} />
      {data.series.map((name, index) => (
        <Bar
          key={name}
          name={name}
          dataKey={valueAt(index)}
          stackId="all"
          fill={lookOf(index).color}
          fillOpacity={index === 0 ? 1 : 0.3}
          stroke={lookOf(index).color}
          strokeDasharray={lookOf(index).dash}
          isAnimationActive={false}
        />
      ))}
    </BarChart>
  )
}
