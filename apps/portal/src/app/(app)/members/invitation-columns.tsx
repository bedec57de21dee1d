import type { Invitation } from '@cvault/schema/members'
import { Badge } from '@cvault/ui/badge'
import { ConfirmForm } from '../../../components/confirm-form.tsx'
import type { Column } from '../../../components/data-table.tsx'
import { Time } from '../../../components/time.tsx'
import { resendInvitation, revokeInvitation } from './actions.ts'

export function invitationColumns(mayWrite: boolean, csrf: string): Column<Invitation>[] {
  return [
    { header: 'E-mail', isBare: true, cell: ({ email }) => <span className="wrap-anywhere">{email}</span> },
    { header: 'Role', cell: ({ role }) => role },
    {
      header: 'Works until',
      cell: ({ status, expiresAt }) => (status === 'expired' ? <Badge tone="warning">Run out</Badge> : <Time at={expiresAt} />),
    },
    {
      header: 'Actions',
      isBare: true,
      cell: ({ id, email }) =>
        mayWrite && (
          <span className="flex flex-wrap max-md:-ml-4">
            <ConfirmForm
              action={resendInvitation}
              csrf={csrf}
              fields={{ id }}
              label="Send again"
              name={email}
              title="Send a new link?"
              description={`${email} gets a new mail; the link sent before stops working.`}
              confirm="Send again"
              variant="primary"
              done="Invitation sent again"
            />
            <ConfirmForm
              action={revokeInvitation}
              csrf={csrf}
              fields={{ id }}
              label="Withdraw"
              name={email}
              title="Withdraw the invitation?"
              description={`The link sent to ${email} stops working at once.`}
              confirm="Withdraw"
              done="Invitation withdrawn"
            />
          </span>
        ),
    },
  ]
}
