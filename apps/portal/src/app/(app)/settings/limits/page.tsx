import type { DashboardStats } from '@cvault/schema/dashboard'
import { buttonClass } from '@cvault/ui/button-class'
import { Notice } from '@cvault/ui/notice'
import type { Metadata } from 'next'
import { Link } from '../../../../components/link.tsx'
import type { ReactNode } from 'react'
import { Day } from '../../../../components/day.tsx'
import { MeterBar } from '../../../../components/meter-bar.tsx'
import { Section } from '../../../../components/page.tsx'
import { Time } from '../../../../components/time.tsx'
import { api } from '../../../../lib/api.ts'
import { formatNumber } from '../../../../lib/format.ts'
import { readSettings } from '../../../../lib/settings.ts'
import { bandwidthUse, type LimitUse, userUse } from './limit-use.ts'

export const metadata: Metadata = { title: 'Limits · Settings' }

export default async function LimitsPage() {
  const [{ limits }, { rxBytes, txBytes, from, resetsAt }] = await Promise.all([
    readSettings(),
    api<DashboardStats>('GET', '/dashboard/stats'),
  ])
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
            Since <Time at={limits.bandwidthExceededAt} /> your users’ tunnels are down. They come back when your next month begins, on{' '}
            <Day date={resetsAt} />, or as soon as the limit is raised.
          </Notice>
        </div>
      )}
      <dl className="grid gap-6">
        <Limit term="Bandwidth this month, both directions" use={bandwidthUse(rxBytes + txBytes, limits.bandwidthLimitGb)}>
          Counted since <Day date={from} />; from nothing again on <Day date={resetsAt} />, 00:00 UTC.
        </Limit>
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

function Limit({ term, use: { text, percent }, children }: { term: string; use: LimitUse; children?: ReactNode }) {
  return (
    <div>
      <dt className="text-sm text-muted">{term}</dt>
      <dd className="tabular mt-0.5 grid max-w-xl gap-2 font-medium">
        {text}
        {percent !== null && <MeterBar label={term} percent={percent} text={text} isLimit />}
        {children && <p className="text-sm font-normal text-muted">{children}</p>}
      </dd>
    </div>
  )
}
