import type { Metadata } from 'next'
import { Link } from '../../../../components/link.tsx'
import { Checkbox } from '../../../../components/checkbox.tsx'
import { Field } from '../../../../components/form.tsx'
import { Section } from '../../../../components/page.tsx'
import { csrfToken } from '../../../../lib/session.ts'
import { readSettings } from '../../../../lib/settings.ts'
import { saveKeyPolicy } from '../actions.ts'
import { mayChangeSettings } from '../may-change.ts'
import { SettingsForm } from '../settings-form.tsx'

export const metadata: Metadata = { title: 'Key policy · Settings' }

export default async function KeyPolicyPage() {
  const [{ keyPolicy }, csrf, mayChange] = await Promise.all([readSettings(), csrfToken(), mayChangeSettings()])
  const { requireSecret, maxDays } = keyPolicy
  return (
    <Section title="Key policy" intro="For keys that are made or replaced from now on. Those you have stay as they are.">
      <SettingsForm action={saveKeyPolicy} csrf={csrf} saved={{ requireSecret, maxDays }} mayChange={mayChange}>
        <Checkbox
          name="requireSecret"
          label="New keys are for servers only"
          hint="Every call with one must send its secret too, unless whoever makes the key says otherwise. Leave it off when your apps carry keys."
          defaultChecked={requireSecret}
        />
        <Field
          name="maxDays"
          label="Longest life of a key, in days"
          inputMode="numeric"
          autoComplete="off"
          defaultValue={maxDays ?? ''}
          hint="1 to 3650; empty for no end. A key that ends has to be replaced in your apps before."
        />
      </SettingsForm>
      <p className="mt-5 text-sm text-muted">
        Your keys are under{' '}
        <Link className="text-link" href="/api-keys">
          API keys
        </Link>
        .
      </p>
    </Section>
  )
}
