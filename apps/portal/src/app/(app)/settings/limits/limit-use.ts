import { formatBytes, formatNumber, formatPercent } from '../../../../lib/format.ts'

export interface LimitUse {
  text: string
  /** null: there is nothing to reach. */
  percent: number | null
}

export function bandwidthUse(bytes: number, limitGb: number | null): LimitUse {
  if (limitGb === null) return { text: `${formatBytes(bytes)} used; no limit`, percent: null }
  return used(formatBytes(bytes), `${formatNumber(limitGb)} GB`, bytes, limitGb * 1e9)
}

export function userUse(count: number, limit: number | null): LimitUse {
  if (limit === null) return { text: `${formatNumber(count)}; no limit`, percent: null }
  return used(formatNumber(count), formatNumber(limit), count, limit)
}

/** Cut and not rounded: 100 % means that the limit is reached. A limit of 0 lets nothing through. */
function used(value: string, limit: string, count: number, most: number): LimitUse {
  const percent = most === 0 ? 100 : Math.floor((count / most) * 100)
  return { text: `${value} of ${limit} (${formatPercent(percent)})`, percent }
}
