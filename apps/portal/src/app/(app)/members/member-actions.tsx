import type { Member } from '@cvault/schema/members'
import { ConfirmForm } from '../../../components/confirm-form.tsx'
import { removeMember, setMemberStatus, turnOffSecondStep } from './actions.ts'

/** What can be done about a colleague, with what the API will do said before. */
export function MemberActions({ member: { id, email, status, totpEnabled }, csrf }: { member: Member; csrf: string }) {
  return (
    <span className="flex flex-wrap max-md:-ml-4">
      {totpEnabled && (
        <ConfirmForm
          action={turnOffSecondStep}
          csrf={csrf}
          fields={{ id }}
          label="Turn off second step"
          name={email}
          title={`Turn off the second step of ${email}?`}
          description="For somebody who lost their authenticator and recovery codes: be sure that it is them who asks. Until they set it up again, their password alone opens their account. They are signed out everywhere within seconds, and get a mail that names you."
          confirm="Turn off second step"
          done="Second step turned off"
        />
      )}
      {status === 'active' ? (
        <ConfirmForm
          key="disable"
          action={setMemberStatus}
          csrf={csrf}
          fields={{ id, status: 'disabled' }}
          label="Disable"
          name={email}
          title={`Disable ${email}?`}
          description="They are signed out everywhere within seconds and cannot sign in until somebody enables them again. Their role, password and second step stay."
          confirm="Disable member"
          done={`${email} is disabled`}
        />
      ) : (
        <ConfirmForm
          key="enable"
          action={setMemberStatus}
          csrf={csrf}
          fields={{ id, status: 'active' }}
          label="Enable"
          name={email}
          title={`Enable ${email}?`}
          description="They can sign in again, with the role, password and second step they had."
          confirm="Enable member"
          variant="primary"
          done={`${email} is enabled`}
        />
      )}
      <ConfirmForm
        action={removeMember}
        csrf={csrf}
        fields={{ id }}
        label="Remove"
        name={email}
        title={`Remove ${email}?`}
        description="They are signed out everywhere within seconds and cannot come back without a new invitation. What they did stays in the audit log."
        confirm="Remove member"
        done="Member removed"
      />
    </span>
  )
}
