import type { Metadata } from 'next'
import { Checkbox } from '../../../../components/checkbox.tsx'
import { Section } from '../../../../components/page.tsx'
import { csrfToken } from '../../../../lib/session.ts'
import { readSettings } from '../../../../lib/settings.ts'
import { saveNotifications } from '../actions.ts'
import { mayChangeSettings } from '../may-change.ts'
import { SettingsForm } from '../settings-form.tsx'

export const metadata: Metadata = { title: 'Notifications · Settings' }

export default async function NotificationsPage() {
  const [{ notifications }, csrf, mayChange] = await Promise.all([readSettings(), csrfToken(), mayChangeSettings()])
  return (
    <Section title="Notifications" intro="What we mail by ourselves. Mails about somebody’s own sign-in always go out.">
      <SettingsForm action={saveNotifications} csrf={csrf} saved={notifications} mayChange={mayChange}>
        <Checkbox
          name="limitWarnings"
          label="Bandwidth warnings"
          hint="When 80 % and 100 % of the month’s bandwidth are used: to owners and admins."
          defaultChecked={notifications.limitWarnings}
        />
        <Checkbox
          name="securityAlerts"
          label="Security alerts"
          hint="When keys or members change: to owners. Turning this off is told as well, once."
          defaultChecked={notifications.securityAlerts}
        />
      </SettingsForm>
    </Section>
  )
}
