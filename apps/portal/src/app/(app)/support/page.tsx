import { ContactSupport } from '@cvault/schema/settings'
import { Skeleton } from '@cvault/ui/skeleton'
import type { Metadata } from 'next'
import { Link } from '../../../components/link.tsx'
import { Suspense } from 'react'
import { Page, Section } from '../../../components/page.tsx'
import { readAccount } from '../../../lib/account.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { readQuery } from '../../../lib/read-query.ts'
import { csrfToken } from '../../../lib/session.ts'
import { ContactForm } from './contact-form.tsx'
import { Questions } from './questions.tsx'
import { ServiceStatus } from './service-status.tsx'

export const metadata: Metadata = { title: 'Support' }

const guides = [
  { href: '/docs', label: 'Getting started' },
  { href: '/docs/api', label: 'API reference' },
  { href: '/docs/errors', label: 'What each error means' },
  { href: '/onboarding', label: 'Your checklist' },
]

export default async function SupportPage({ searchParams }: PageProps) {
  const [{ email }, csrf, params] = await Promise.all([readAccount(), csrfToken(), searchParams])
  const { query } = readQuery({ subject: ContactSupport.shape.subject }, params)
  return (
    <Page title="Support" intro="Look whether it is known, or write to us.">
      <div className="grid grid-cols-1 items-start gap-6 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="grid grid-cols-1 gap-6">
          <Section title="Write to us">
            <ContactForm csrf={csrf} email={email} subject={query.subject ?? ''} />
          </Section>
          <Questions />
        </div>
        <div className="grid grid-cols-1 gap-6">
          <Suspense fallback={<Skeleton label="Loading the service status" className="h-72" />}>
            <ServiceStatus />
          </Suspense>
          <Section title="Guides">
            <ul className="-my-2">
              {guides.map(({ href, label }) => (
                <li key={href}>
                  <Link className="inline-flex min-h-11 items-center text-link" href={href}>
                    {label}
                  </Link>
                </li>
              ))}
            </ul>
          </Section>
        </div>
      </div>
    </Page>
  )
}
