import { Badge } from '@cvault/ui/badge'
import type { TenantDeviceList, TenantSessionList } from '@cvault/schema/tenant-devices'
import type { TenantUserDetails } from '@cvault/schema/tenant-users'
import type { Metadata } from 'next'
import { BackLink } from '../../../../components/back-link.tsx'
import { Day } from '../../../../components/day.tsx'
import { Facts } from '../../../../components/facts.tsx'
import { Listed } from '../../../../components/listed.tsx'
import { Page, Section } from '../../../../components/page.tsx'
import { Time } from '../../../../components/time.tsx'
import { userLabel } from '../../../../components/user-link.tsx'
import { readAccount } from '../../../../lib/account.ts'
import { api } from '../../../../lib/api.ts'
import { formatBytes, formatHours, formatNumber } from '../../../../lib/format.ts'
import { found } from '../../../../lib/found.ts'
import type { PageProps } from '../../../../lib/page-props.ts'
import { csrfToken } from '../../../../lib/session.ts'
import { DeviceTable } from '../../devices/device-table.tsx'
import { SessionTable } from '../../sessions/session-table.tsx'
import { UserActions } from './user-actions.tsx'

export const metadata: Metadata = { title: 'User' }

const shown = 10

export default async function UserPage({ params }: PageProps) {
  const { id = '' } = await params
  const path = encodeURIComponent(id)
  const [account, csrf, user] = await Promise.all([readAccount(), csrfToken(), found(api<TenantUserDetails>('GET', `/users/${path}`))])
  const query = { userId: user.id, limit: shown }
  const [devices, sessions] = await Promise.all([
    api<TenantDeviceList>('GET', '/devices', { query }),
    api<TenantSessionList>('GET', '/sessions', { query }),
  ])
  const { usageThisMonth: usage } = user
  return (
    <Page title={userLabel(user)} intro={<BackLink href="/users">All users</BackLink>}>
      <Section title="About" action={user.status === 'active' ? <Badge tone="good">Active</Badge> : <Badge tone="danger">Disabled</Badge>}>
        <Facts
          facts={[
            ['E-mail', user.email ?? 'None'],
            ['Your id', user.externalUserId ?? 'None'],
            ['Our id', <code className="text-sm">{user.id}</code>],
            ['Created', <Time at={user.createdAt} />],
            ['Last sign-in', user.lastLoginAt === null ? 'Never' : <Time at={user.lastLoginAt} />],
            ['Last traffic (UTC day)', user.lastActiveOn === null ? 'None yet' : <Day date={user.lastActiveOn} />],
          ]}
        />
      </Section>
      <Section title="Use this month" intro="Since the first of the month, UTC.">
        <Facts
          facts={[
            ['Downloaded', formatBytes(usage.txBytes)],
            ['Uploaded', formatBytes(usage.rxBytes)],
            ['Connected for', formatHours(usage.connectionSeconds)],
          ]}
        />
      </Section>
      <Listed
        title={`Devices (${formatNumber(user.deviceCount)})`}
        href={`/devices?userId=${user.id}`}
        isMore={devices.nextCursor !== null}
        isEmpty={devices.devices.length === 0}
        empty="No device. Your app registers them in this user’s name."
      >
        <DeviceTable devices={devices.devices} isOfOneUser />
      </Listed>
      <Listed
        title="Latest sessions"
        href={`/sessions?userId=${user.id}`}
        isMore={sessions.nextCursor !== null}
        isEmpty={sessions.sessions.length === 0}
        empty="No session yet: none of this user’s devices has connected."
      >
        <SessionTable sessions={sessions.sessions} csrf={account.permissions.includes('sessions:write') ? csrf : null} isOfOneUser />
      </Listed>
      {account.permissions.includes('users:write') && <UserActions user={user} csrf={csrf} />}
    </Page>
  )
}
