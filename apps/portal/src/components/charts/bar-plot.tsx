import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts'
import { alongTime, frame, valueAxis, valueAt } from './axes.ts'
import { PlotTooltip } from './plot-tooltip.tsx'
import { type ChartData, lookOf } from './series.ts'

export function BarPlot({ data }: { data: ChartData }) {
  return (
    <BarChart {...frame(data)} barCategoryGap="20%">
      <CartesianGrid vertical={false} stroke="var(--color-line)" />
      <XAxis {...alongTime(data)} />
      <YAxis {...valueAxis(data)} />
      <Tooltip isAnimationActive={false} cursor={{ fill: 'var(--color-sunken)' }} content={<PlotTooltip data={data} />} />
      {data.series.map((name, index) => (
        <Bar key={name} name={name} dataKey={valueAt(index)} fill={lookOf(index).color} radius={[3, 3, 0, 0]} isAnimationActive={false} />
      ))}
    </BarChart>
  )
}
