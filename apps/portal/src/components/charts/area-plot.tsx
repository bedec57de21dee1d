import { Area, AreaChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts'
import { alongTime, frame, valueAxis, valueAt } from './axes.ts'
import { PlotTooltip } from './plot-tooltip.tsx'
import { type ChartData, lookOf } from './series.ts'

export function AreaPlot({ data }: { data: ChartData }) {
  return (
    <AreaChart {...frame(data)}>
      <CartesianGrid vertical={false} stroke="var(--color-line)" />
      <XAxis {...alongTime(data)} />
      <YAxis {...valueAxis(data)} />
      <Tooltip isAnimationActive={false} cursor={{ stroke: 'var(--color-edge)' }} content={<PlotTooltip data={data} />} />
      {data.series.map((name, index) => (
        <Area
          key={name}
          name={name}
          type="linear"
          dataKey={valueAt(index)}
          stroke={lookOf(index).color}
          strokeWidth={2}
          strokeDasharray={lookOf(index).dash}
          fill={lookOf(index).color}
          fillOpacity={0.12}
          isAnimationActive={false}
          activeDot={{ r: 4, stroke: 'var(--color-surface)', strokeWidth: 2 }}
        />
      ))}
    </AreaChart>
  )
}
