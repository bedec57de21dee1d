import { formatPercent } from '../../../lib/format.ts'

interface Change {
  /** Null: there is nothing to compare with. */
  direction: 'up' | 'down' | 'none' | null
  text: string
}

/** How a figure of this month compares with the same stretch of last month, in words. */
export function changeBetween(now: number, before: number): Change {
  if (before === 0) return now === 0 ? { direction: 'none', text: 'as last month' } : { direction: null, text: 'none last month' }
  const percent = Math.round(((now - before) / before) * 100)
  if (percent === 0) return { direction: 'none', text: 'as last month' }
  // "900 % more" says less to people than "10 times".
  if (percent >= 300) return { direction: 'up', text: `${Math.round(now / before)} times last month` }
  const direction = percent > 0 ? 'up' : 'down'
  return { direction, text: `${formatPercent(Math.abs(percent))} ${percent > 0 ? 'more' : 'less'} than last month` }
}
