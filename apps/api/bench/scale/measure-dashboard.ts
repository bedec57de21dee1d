import type { Headers } from '../lab.ts'
import { send } from './changes.ts'
import type { Report } from './report.ts'
import { spread } from './report.ts'

const paths = [
  'dashboard/stats',
  'dashboard/usage?days=30',
  'dashboard/servers',
  'dashboard/activity',
  'devices?limit=50',
  'users?limit=50',
  'sessions?limit=50',
]
const times = 10

/** The dashboard of the tenant with a tenth of all devices. */
export async function measureDashboard({ apiUrl, member, report }: { apiUrl: string; member: Headers; report: Report }): Promise<void> {
  for (const path of paths) {
    const taken: number[] = []
    for (let time = 0; time < times; time += 1) {
      const beganMs = performance.now()
      await send(`${apiUrl}/api/v1/tenant/${path}`, { headers: member })
      taken.push(performance.now() - beganMs)
    }
    report.add(`biggest tenant: ${path}`, spread(taken))
  }
}
