import type { Metadata } from 'next'
import { Checkbox } from '../../../../components/checkbox.tsx'
import { Section } from '../../../../components/page.tsx'
import { csrfToken } from '../../../../lib/session.ts'
import { readSettings } from '../../../../lib/settings.ts'
import { saveNetwork } from '../actions.ts'
import { mayChangeSettings } from '../may-change.ts'
import { SettingsForm } from '../settings-form.tsx'

export const metadata: Metadata = { title: 'Network · Settings' }

export default async function NetworkPage() {
  const [{ network }, csrf, mayChange] = await Promise.all([readSettings(), csrfToken(), mayChangeSettings()])
  return (
    <Section title="Network" intro="Your users’ devices reach the internet. No device of another account ever reaches them.">
      <SettingsForm action={saveNetwork} csrf={csrf} saved={network} mayChange={mayChange}>
        <Checkbox
          name="allowClientToClient"
          label="Devices reach each other"
          hint="All devices of all your users, where they are on the same server. It holds within seconds, and ends as fast."
          defaultChecked={network.allowClientToClient}
        />
      </SettingsForm>
    </Section>
  )
}
