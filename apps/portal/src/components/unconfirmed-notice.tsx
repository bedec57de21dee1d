import type { Account } from '@cvault/schema/account'
import { Notice } from '@cvault/ui/notice'
import { resendVerification } from '../app/(auth)/forgot/actions.ts'
import { Form, SubmitButton } from './form.tsx'

/** On every page until the address is confirmed: what that costs, and the way out. */
export function UnconfirmedNotice({ account: { email, tenant }, csrf }: { account: Account; csrf: string }) {
  const limits = tenant.unconfirmedLimits
  return (
    <Notice tone="warning" title="Confirm your e-mail address">
      <p>
        Open the link we sent to {email}; without it you cannot sign in again.
        {limits !== null &&
          ` Until then your account takes ${limits.users} users with ${limits.devicesPerUser} devices each, and its mails do not carry your brand.`}
      </p>
      <Form action={resendVerification} csrf={csrf} className="mt-3 grid justify-items-start gap-3">
        <input type="hidden" name="email" value={email} />
        <SubmitButton variant="secondary">Send it again</SubmitButton>
      </Form>
    </Notice>
  )
}
