import { csvDownload } from '../../../../lib/csv-download.ts'
import { readAuditQuery, toApiQuery } from '../audit-query.ts'

/** The audit log as a file, with the filters of the page; a page's cursor is none of them. */
export async function GET(request: Request): Promise<Response> {
  const { query } = readAuditQuery(Object.fromEntries(new URL(request.url).searchParams))
  const filters = new URLSearchParams(toApiQuery(query))
  filters.delete('cursor')
  const day = new Date().toISOString().slice(0, 10)
  return csvDownload(request, '/audit.csv', filters, `cvault-audit-${day}.csv`)
}
