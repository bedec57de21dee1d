'use client'

import { SelectField } from '@cvault/ui/select-field'
import type { MemberRole } from '@cvault/schema/members'
import { Field, Form, SubmitButton } from '../../../components/form.tsx'
import { roleHints } from '../../../lib/roles.ts'
import { inviteMember } from './actions.ts'

export function InviteForm({ csrf, roles }: { csrf: string; roles: MemberRole[] }) {
  return (
    <Form action={inviteMember} csrf={csrf} className="grid gap-4 sm:grid-cols-[1fr_14rem_auto] sm:items-end [&>[tabindex]]:col-span-full">
      <Field name="email" label="E-mail" type="email" autoComplete="off" required />
      <SelectField name="role" label="Role" defaultValue="member">
        {roles.map((role) => (
          <option key={role} value={role}>
            {role}: {roleHints[role]}
          </option>
        ))}
      </SelectField>
      <SubmitButton>Invite</SubmitButton>
    </Form>
  )
}
