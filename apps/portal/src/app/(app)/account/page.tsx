import { Badge } from '@cvault/ui/badge'
import type { PortalSession, PortalSessionList } from '@cvault/schema/account'
import { PageQuery } from '@cvault/schema/common'
import type { Metadata } from 'next'
import { ConfirmForm } from '../../../components/confirm-form.tsx'
import { type Column, DataTable } from '../../../components/data-table.tsx'
import { Field, Form, SecretField, SubmitButton } from '../../../components/form.tsx'
import { Page, Section } from '../../../components/page.tsx'
import { Pager } from '../../../components/pager.tsx'
import { Time } from '../../../components/time.tsx'
import { readAccount } from '../../../lib/account.ts'
import { api } from '../../../lib/api.ts'
import { browserName } from '../../../lib/browser-name.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { readQuery } from '../../../lib/read-query.ts'
import { roleHints } from '../../../lib/roles.ts'
import { csrfToken } from '../../../lib/session.ts'
import { changeEmail, changePassword, endOtherSessions, endSession, rename } from './actions.ts'
import { SecondStep } from './second-step.tsx'

export const metadata: Metadata = { title: 'Your account' }

export default async function AccountPage({ searchParams }: PageProps) {
  const { query } = readQuery({ cursor: PageQuery.shape.cursor }, await searchParams)
  const [account, csrf, { sessions, nextCursor }] = await Promise.all([
    readAccount(),
    csrfToken(),
    api<PortalSessionList>('GET', '/account/sessions', { query }),
  ])
  const isAnother = sessions.some(({ isCurrent }) => !isCurrent) || nextCursor !== null || query.cursor !== undefined
  return (
    <Page title="Your account" intro={`You are ${account.role} of ${account.tenant.name}: ${roleHints[account.role]}.`}>
      <Section title="Name">
        <Form action={rename} csrf={csrf} className="grid max-w-md gap-4">
          <Field name="name" label="Your name" autoComplete="name" defaultValue={account.name ?? ''} />
          <SubmitButton variant="secondary">Save</SubmitButton>
        </Form>
      </Section>
      <Section
        title="E-mail"
        intro={account.pendingEmail === null ? account.email : `${account.email}, until you confirm ${account.pendingEmail}`}
      >
        <Form action={changeEmail} csrf={csrf} className="grid max-w-md gap-4">
          <Field name="email" label="New e-mail" type="email" autoComplete="email" required />
          <SecretField name="password" label="Your password" autoComplete="current-password" required />
          <SubmitButton variant="secondary">Change e-mail</SubmitButton>
        </Form>
      </Section>
      <Section title="Password" intro="Changing it ends your other sessions.">
        <Form action={changePassword} csrf={csrf} className="grid max-w-md gap-4">
          <SecretField name="current" label="Current password" autoComplete="current-password" required />
          <SecretField
            name="new"
            label="New password"
            autoComplete="new-password"
            hint="8 characters or more, and not a common one."
            required
          />
          <SubmitButton variant="secondary">Change password</SubmitButton>
        </Form>
      </Section>
      <Section title="Second step" intro="A code from your phone besides the password: who steals one of them has nothing.">
        <SecondStep csrf={csrf} isOn={account.totpEnabled} codesLeft={account.recoveryCodesLeft} />
      </Section>
      <Section
        id="sessions"
        title="Sessions"
        intro="Where you are signed in. One ends by itself 12 hours after it began, or after half an hour without use."
        action={
          isAnother && (
            <ConfirmForm
              action={endOtherSessions}
              csrf={csrf}
              fields={{}}
              label="End all others"
              trigger="secondary"
              title="End all other sessions?"
              description="Wherever else you are signed in, on this page and on further ones, you have to sign in again, within seconds. This session stays."
              confirm="End sessions"
              done="Sessions ended"
              focusAfter="sessions"
            />
          )
        }
      >
        <div className="grid grid-cols-1 gap-4">
          <DataTable caption="Sessions" columns={sessionColumns(csrf)} rows={sessions} keyOf={({ id }) => id} isStacking />
          <Pager path="/account" query={query} nextCursor={nextCursor} anchor="sessions" />
        </div>
      </Section>
    </Page>
  )
}

const sessionColumns = (csrf: string): Column<PortalSession>[] => [
  {
    header: 'Where',
    isBare: true,
    cell: ({ userAgent, ip, isCurrent }) => (
      <>
        <span className="block wrap-anywhere" title={userAgent ?? undefined}>
          {browserName(userAgent)}
        </span>
        <span className="text-sm text-muted">{ip ?? 'Unknown address'}</span> {isCurrent && <Badge tone="good">This one</Badge>}
      </>
    ),
  },
  { header: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
  { header: 'Since', isWideOnly: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    header: 'Actions',
    isBare: true,
    cell: ({ id, isCurrent, userAgent }) =>
      !isCurrent && (
        <ConfirmForm
          action={endSession}
          csrf={csrf}
          fields={{ id }}
          label="End"
          name={browserName(userAgent)}
          title="End this session?"
          description="Whoever uses it has to sign in again, within seconds."
          confirm="End session"
          done="Session ended"
          focusAfter="sessions"
        />
      ),
  },
]
