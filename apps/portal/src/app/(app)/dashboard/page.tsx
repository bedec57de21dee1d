import type { DashboardActivity, DashboardServers, DashboardStats, DashboardUsage, Onboarding } from '@cvault/schema/dashboard'
import { buttonClass } from '@cvault/ui/button-class'
import { EmptyState } from '@cvault/ui/empty-state'
import { Rocket } from 'lucide-react'
import type { Metadata } from 'next'
import { Link } from '../../../components/link.tsx'
import { Page, Section } from '../../../components/page.tsx'
import { api } from '../../../lib/api.ts'
import { ActivityFeed } from './activity-feed.tsx'
import { OnboardingCard } from './onboarding-card.tsx'
import { ServerStatus } from './server-status.tsx'
import { StatCards } from './stat-cards.tsx'
import { UsageCharts } from './usage-charts.tsx'

export const metadata: Metadata = { title: 'Dashboard' }

export default async function DashboardPage() {
  const [stats, { days }, { items }, { servers }, onboarding] = await Promise.all([
    api<DashboardStats>('GET', '/dashboard/stats'),
    api<DashboardUsage>('GET', '/dashboard/usage', { query: { days: 30 } }),
    api<DashboardActivity>('GET', '/dashboard/activity', { query: { limit: 10 } }),
    api<DashboardServers>('GET', '/dashboard/servers'),
    api<Onboarding>('GET', '/dashboard/onboarding'),
  ])
  const isNew = stats.totalUsers === 0 && days.every(({ apiCalls, rxBytes, txBytes }) => apiCalls + rxBytes + txBytes === 0)
  return (
    <Page title="Dashboard" intro={`${periodOf(stats.from)}, beside last month at the same point. Months and days are UTC.`}>
      {isNew ? (
        <Welcome />
      ) : (
        <>
          {!onboarding.isDone && <OnboardingCard onboarding={onboarding} />}
          <StatCards stats={stats} />
          <UsageCharts days={days} />
        </>
      )}
      <section>
        <h2 className="mb-3 text-lg font-bold">Servers</h2>
        {servers.length > 0 ? <ServerStatus servers={servers} /> : <p className="text-muted">There are no servers for you yet.</p>}
      </section>
      <Section title="Recent activity">
        <ActivityFeed initial={items} />
      </Section>
    </Page>
  )
}

function Welcome() {
  return (
    <EmptyState
      icon={Rocket}
      title="Welcome. Let’s connect the first device"
      action={
        <Link href="/onboarding" className={buttonClass('primary')}>
          Get started
        </Link>
      }
    >
      Your key is ready. A few lines of code, and this page fills with your users, their bandwidth and their connections.
    </EmptyState>
  )
}

/** "November so far", or "Since 15 November" where the account's months are not the calendar's. */
function periodOf(from: string): string {
  const start = new Date(from)
  const isCalendar = start.getUTCDate() === 1
  const text = new Intl.DateTimeFormat('en-GB', { ...(!isCalendar && { day: 'numeric' }), month: 'long', timeZone: 'UTC' }).format(start)
  return isCalendar ? `${text} so far` : `Since ${text}`
}
