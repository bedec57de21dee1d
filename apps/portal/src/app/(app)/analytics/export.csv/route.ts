import { csvDownload } from '../../../../lib/csv-download.ts'
import { queryOf, readRange } from '../range.ts'

const breakdowns = ['none', 'region', 'server']

/** What the page shows, as a file. It takes the page's own parameters, and `by`. */
export async function GET(request: Request): Promise<Response> {
  const params = Object.fromEntries(new URL(request.url).searchParams)
  const range = readRange(params, Date.now())
  const breakdown = breakdowns.includes(params.by ?? '') ? params.by : 'none'
  const search = new URLSearchParams({ ...queryOf(range), breakdown: breakdown ?? 'none' })
  return csvDownload(request, '/analytics/export.csv', search, `usage-${range.firstDay}-to-${range.lastDay}.csv`)
}
