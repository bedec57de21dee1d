import type { Metadata } from 'next'
import { Section } from '../../../../components/page.tsx'
import { csrfToken } from '../../../../lib/session.ts'
import { readSettings } from '../../../../lib/settings.ts'
import { mayChangeSettings } from '../may-change.ts'
import { BrandingForm } from './branding-form.tsx'

export const metadata: Metadata = { title: 'Branding · Settings' }

export default async function BrandingPage() {
  const [{ whiteLabel }, csrf, mayChange] = await Promise.all([readSettings(), csrfToken(), mayChangeSettings()])
  return (
    <Section title="Branding" intro="How this portal and our mails look to your members. An empty field leaves ours.">
      <BrandingForm csrf={csrf} saved={whiteLabel} mayChange={mayChange} />
    </Section>
  )
}
