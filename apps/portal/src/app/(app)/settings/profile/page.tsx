import type { Metadata } from 'next'
import { Field } from '../../../../components/form.tsx'
import { Section } from '../../../../components/page.tsx'
import { csrfToken } from '../../../../lib/session.ts'
import { readSettings } from '../../../../lib/settings.ts'
import { saveProfile } from '../actions.ts'
import { mayChangeSettings } from '../may-change.ts'
import { SettingsForm } from '../settings-form.tsx'

export const metadata: Metadata = { title: 'Profile · Settings' }

export default async function ProfilePage() {
  const [{ name, contactName, contactEmail, website }, csrf, mayChange] = await Promise.all([
    readSettings(),
    csrfToken(),
    mayChangeSettings(),
  ])
  return (
    <Section title="Profile" intro="Who you are, and whom we ask when something is about the account.">
      <SettingsForm action={saveProfile} csrf={csrf} saved={{ name, contactName, contactEmail, website }} mayChange={mayChange}>
        <Field name="name" label="Business name" autoComplete="organization" defaultValue={name} maxLength={255} required />
        <Field name="contactName" label="Contact" autoComplete="name" defaultValue={contactName ?? ''} maxLength={255} />
        <Field
          name="contactEmail"
          label="Contact’s e-mail"
          type="email"
          autoComplete="email"
          defaultValue={contactEmail ?? ''}
          hint="For us to write to. Nobody signs in with it."
        />
        <Field
          name="website"
          label="Website"
          type="url"
          autoComplete="url"
          defaultValue={website ?? ''}
          placeholder="https://example.com"
        />
      </SettingsForm>
    </Section>
  )
}
