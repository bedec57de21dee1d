import type { Onboarding } from '@cvault/schema/dashboard'
import { api } from '../../../../lib/api.ts'

/** How far the account is, for a page that waits for the next step. */
export async function GET(): Promise<Response> {
  const { steps } = await api<Onboarding>('GET', '/dashboard/onboarding')
  return Response.json(steps, { headers: { 'cache-control': 'no-store' } })
}
