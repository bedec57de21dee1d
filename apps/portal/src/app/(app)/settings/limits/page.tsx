import type { DashboardStats } from '@cvault/schema/dashboard'
import { buttonClass } from '@cvault/ui/button-class'
import { Notice } from '@cvault/ui/notice'
import type { Metadata } from 'next'
import Link from 'next/link'
import { MeterBar } from '../../../../components/meter-bar.tsx'
import { Section } from '../../../../components/page.tsx'
import { Time } from '../../../../components/time.tsx'
import { api } from '../../../../lib/api.ts'
import { formatNumber } from '../../../../lib/format.ts'
import { readSettings } from '../../../../lib/settings.ts'
import { bandwidthUse, type LimitUse, userUse } from './limit-use.ts'

export const metadata: Metadata = { title: 'Limits · Settings' }

export default async function LimitsPage() {
  const [{ limits }, { rxBytes, txBytes }] = await Promise.all([readSettings(), api<DashboardStats>('GET', '/dashboard/stats')])
  return (
    <Section
      title="Limits"
      intro="Only we change these, as agreed with you: write to support."
      action={
        <Link className={buttonClass('secondary')} href="/support?subject=Our limits">
          Ask for more
        </Link>
      }
    >
      {limits.bandwidthExceededAt !== null && (
        <div className="mb-6">
          <Notice tone="danger" title="The month’s bandwidth is used up">
            Since <Time at={limits.bandwidthExceededAt} /> your users’ tunnels are down. They come back with the next month (UTC), or as
            soon as the limit is raised.
          </Notice>
        </div>
      )}
      <dl className="grid gap-6">
        <Limit term="Bandwidth this month (UTC), both directions" use={bandwidthUse(rxBytes + txBytes, limits.bandwidthLimitGb)} />
        <Limit term="Users" use={userUse(limits.userCount, limits.userLimit)} />
        <Limit term="Devices of one user" use={{ text: `${limits.maxDevicesPerUser} at most`, percent: null }} />
        <Limit
          term="API calls, all keys together"
          use={{ text: `${formatNumber(limits.rateLimitPerMinute)} a minute; more is answered with RATE_LIMITED`, percent: null }}
        />
      </dl>
    </Section>
  )
}

function Limit({ term, use: { text, percent } }: { term: string; use: LimitUse }) {
  return (
    <div>
      <dt className="text-sm text-muted">{term}</dt>
      <dd className="tabular mt-0.5 grid max-w-xl gap-2 font-medium">
        {text}
        {percent !== null && <MeterBar label={term} percent={percent} text={text} isLimit />}
      </dd>
    </div>
  )
}
