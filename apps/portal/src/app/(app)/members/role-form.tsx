'use client'

import { Button } from '@cvault/ui/button'
import { showToast } from '@cvault/ui/toasts'
import type { MemberRole } from '@cvault/schema/members'
import { useState } from 'react'
import { Form, SubmitButton } from '../../../components/form.tsx'
import { changeRole } from './actions.ts'

interface RoleFormProps {
  csrf: string
  id: string
  name: string
  role: MemberRole
  roles: MemberRole[]
}

/** Chosen first and then confirmed: a role changes what somebody may do at once. */
export function RoleForm({ csrf, id, name, role, roles }: RoleFormProps) {
  const [chosen, setChosen] = useState(role)
  return (
    <Form
      action={changeRole}
      csrf={csrf}
      className="flex flex-wrap items-center gap-2"
      onDone={() => showToast(`${name} is ${chosen} now`)}
    >
      <input type="hidden" name="id" value={id} />
      <select
        name="role"
        aria-label={`Role of ${name}`}
        className="control w-auto! pr-8!"
        value={chosen}
        onChange={({ target }) => setChosen(roles.find((candidate) => candidate === target.value) ?? role)}
      >
        {roles.map((candidate) => (
          <option key={candidate}>{candidate}</option>
        ))}
      </select>
      {chosen !== role && (
        <>
          <SubmitButton>Change</SubmitButton>
          <Button variant="quiet" onClick={() => setChosen(role)}>
            Keep {role}
          </Button>
        </>
      )}
    </Form>
  )
}
