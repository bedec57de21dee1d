'use client'

import type { TenantApiKey } from '@cvault/schema/tenant-api-keys'
import { showToast } from '@cvault/ui/toasts'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Checkbox } from '../../../components/checkbox.tsx'
import { Choose, Field } from '../../../components/form.tsx'
import { FormDialog } from '../../../components/form-dialog.tsx'
import { Time } from '../../../components/time.tsx'
import { changeKey, createKey, replaceKey } from './actions.ts'
import { lifeChoices, newKeyEnd, oldKeyEnd, overlapChoices, replacementChoices } from './choices.ts'
import { useShowSecret } from './secret-desk.tsx'

const serverOnlyHint = 'Every call must send the secret too. A key in an app that people install cannot: there, leave it off.'

interface CreateKeyProps {
  csrf: string
  policy: { requireSecret: boolean; maxDays: number | null }
}

export function CreateKey({ csrf, policy }: CreateKeyProps) {
  const showSecret = useShowSecret()
  return (
    <FormDialog
      action={createKey}
      csrf={csrf}
      label="New key"
      icon={<Plus aria-hidden size={18} />}
      variant="primary"
      title="New API key"
      description="One for each app or server: then you see who uses what, and can take one back without the others."
      submit="Create key"
      onDone={showSecret}
    >
      <Field
        name="name"
        label="Name"
        hint="For you, e.g. “iOS app” or “Backend, production”."
        autoComplete="off"
        maxLength={100}
        required
      />
      <Choose name="days" label="Works for">
        {lifeChoices(policy.maxDays).map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </Choose>
      <Checkbox name="requireSecret" label="For servers only" hint={serverOnlyHint} defaultChecked={policy.requireSecret} />
    </FormDialog>
  )
}

interface KeyProps {
  csrf: string
  apiKey: TenantApiKey
  /** By what those who hear it know the key. */
  spoken: string
}

export function ChangeKey({ csrf, apiKey: { id, name, requireSecret }, spoken }: KeyProps) {
  return (
    <FormDialog
      action={changeKey}
      csrf={csrf}
      label="Change"
      name={spoken}
      title={`Change “${name}”`}
      description="Known everywhere within 5 seconds. The key and its secret stay the same."
      submit="Save"
      onDone={() => showToast('Key changed')}
    >
      <input type="hidden" name="id" value={id} />
      <Field name="name" label="Name" defaultValue={name} autoComplete="off" maxLength={100} required />
      <Checkbox
        name="requireSecret"
        label="For servers only"
        hint={requireSecret ? serverOnlyHint : `${serverOnlyHint} Apps that use this key without it are refused from then on.`}
        defaultChecked={requireSecret}
      />
    </FormDialog>
  )
}

export function ReplaceKey({ csrf, apiKey: { id, name, expiresAt }, spoken, maxDays }: KeyProps & { maxDays: number | null }) {
  const showSecret = useShowSecret()
  return (
    <FormDialog
      action={replaceKey}
      csrf={csrf}
      label="Replace"
      name={spoken}
      title={`Replace “${name}”`}
      description="You get a new key and a new secret. The old pair works on for a while, so that you can change over without a gap."
      submit="Make the new pair"
      onDone={showSecret}
    >
      <input type="hidden" name="id" value={id} />
      <Life expiresAt={expiresAt} maxDays={maxDays} />
      <Overlap expiresAt={expiresAt} />
    </FormDialog>
  )
}

function Life({ expiresAt, maxDays }: { expiresAt: string | null; maxDays: number | null }) {
  const [life, setLife] = useState('')
  const end = newKeyEnd(Date.now(), life, maxDays, expiresAt)
  return (
    <Choose
      name="life"
      label="The new pair works for"
      defaultValue=""
      onChange={({ target }) => setLife(target.value)}
      hint={
        end === null ? (
          'It has no end.'
        ) : (
          <>
            It works until <Time at={end.toISOString()} />.
          </>
        )
      }
    >
      {replacementChoices(maxDays, expiresAt).map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </Choose>
  )
}

function Overlap({ expiresAt }: { expiresAt: string | null }) {
  const first = overlapChoices[0]?.value ?? '0'
  const [overlap, setOverlap] = useState(first)
  return (
    <Choose
      name="overlapSeconds"
      label="The old pair works on for"
      defaultValue={first}
      onChange={({ target }) => setOverlap(target.value)}
      hint={<OldPairEnds overlapSeconds={Number(overlap)} expiresAt={expiresAt} />}
    >
      {overlapChoices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </Choose>
  )
}

function OldPairEnds({ overlapSeconds, expiresAt }: { overlapSeconds: number; expiresAt: string | null }) {
  if (overlapSeconds === 0) return 'The old one stops within 5 seconds. Whatever still uses it is refused until it has the new one.'
  return (
    <>
      The old one works until <Time at={oldKeyEnd(Date.now(), overlapSeconds, expiresAt).toISOString()} />, and is refused after that.
    </>
  )
}
