import type { DashboardActivity } from '@cvault/schema/dashboard'
import { api } from '../../../../lib/api.ts'

/** The newest of what happened, for a page that is open. */
export async function GET(): Promise<Response> {
  const { items } = await api<DashboardActivity>('GET', '/dashboard/activity', { query: { limit: 10 } })
  return Response.json(items, { headers: { 'cache-control': 'no-store' } })
}
