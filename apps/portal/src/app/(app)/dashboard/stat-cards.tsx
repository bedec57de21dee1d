import type { DashboardStats } from '@cvault/schema/dashboard'
import { ArrowDown, ArrowUp, Minus } from 'lucide-react'
import type { ReactNode } from 'react'
import { MeterBar } from '../../../components/meter-bar.tsx'
import { formatBytes, formatHours, formatNumber, formatPercent } from '../../../lib/format.ts'
import { changeBetween } from './change.ts'

/** The month so far, each figure beside what it was at this point of last month. */
export function StatCards({ stats }: { stats: DashboardStats }) {
  const { previous, bandwidthLimitGb } = stats
  const bytes = stats.rxBytes + stats.txBytes
  return (
    <dl className="grid grid-cols-1 gap-4 sm:grid-cols-2 xl:grid-cols-3">
      <Card name="Active users" value={formatNumber(stats.activeUsers)}>
        of {formatNumber(stats.totalUsers)} in your app
      </Card>
      <Card name="Devices online" value={formatNumber(stats.onlineDevices)}>
        of {formatNumber(stats.deviceCount)}, right now
      </Card>
      <Card name="Bandwidth" value={formatBytes(bytes)}>
        <Change now={bytes} before={previous.rxBytes + previous.txBytes} />
        {bandwidthLimitGb === null ? <p className="mt-1">No limit</p> : <Limit bytes={bytes} limitGb={bandwidthLimitGb} />}
      </Card>
      <Card name="Connection time" value={formatHours(stats.connectionSeconds)}>
        <Change now={stats.connectionSeconds} before={previous.connectionSeconds} />
      </Card>
      <Card name="API calls" value={formatNumber(stats.apiCalls)}>
        <Change now={stats.apiCalls} before={previous.apiCalls} />
      </Card>
      <Card name="Uptime" value={stats.uptimePercent === null ? '–' : formatPercent(stats.uptimePercent)}>
        {stats.uptimePercent === null ? 'Nothing measured yet' : 'of your servers, over 30 days'}
      </Card>
    </dl>
  )
}

function Card({ name, value, children }: { name: string; value: string; children: ReactNode }) {
  return (
    <div className="card flex flex-col p-5">
      <dt className="text-sm font-semibold text-muted">{name}</dt>
      <dd className="mt-1">
        <span className="tabular block text-[1.75rem] leading-tight font-bold tracking-tight">{value}</span>
        <div className="mt-1.5 text-sm text-muted">{children}</div>
      </dd>
    </div>
  )
}

function Change({ now, before }: { now: number; before: number }) {
  const { direction, text } = changeBetween(now, before)
  const Icon = direction === null ? null : { up: ArrowUp, down: ArrowDown, none: Minus }[direction]
  return (
    <p className="flex items-center gap-1">
      {Icon && <Icon aria-hidden size={16} className="shrink-0" />}
      {text}
    </p>
  )
}

function Limit({ bytes, limitGb }: { bytes: number; limitGb: number }) {
  const percent = limitGb === 0 ? 100 : (bytes / (limitGb * 1e9)) * 100
  const text = `${formatPercent(Math.round(percent))} of ${formatNumber(limitGb)} GB`
  return (
    <div className="mt-2.5">
      <MeterBar label="Bandwidth of this month’s limit" percent={percent} text={text} isLimit />
      <p className="mt-1">
        {text}
        {percent >= 100 && <strong className="text-danger">: over the limit, tunnels are down</strong>}
        {percent >= 80 && percent < 100 && <strong className="text-warn">: nearly used up</strong>}
      </p>
    </div>
  )
}
