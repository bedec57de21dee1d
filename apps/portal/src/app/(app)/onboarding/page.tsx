import type { Onboarding } from '@cvault/schema/dashboard'
import type { TenantApiKey, TenantApiKeyList } from '@cvault/schema/tenant-api-keys'
import { buttonClass } from '@cvault/ui/button-class'
import { CopyButton } from '@cvault/ui/copy-button'
import { Notice } from '@cvault/ui/notice'
import { ExternalLink } from 'lucide-react'
import type { Metadata } from 'next'
import { Link } from '../../../components/link.tsx'
import { Page, Section } from '../../../components/page.tsx'
import { readAccount } from '../../../lib/account.ts'
import { api } from '../../../lib/api.ts'
import { env } from '../../../lib/env.ts'
import { CodeSamples } from './code-samples.tsx'
import { samplesFor } from './samples.ts'
import { StepList } from './step-list.tsx'

export const metadata: Metadata = { title: 'Get started' }

export default async function OnboardingPage() {
  const [{ permissions }, { steps }, { apiKeys }] = await Promise.all([
    readAccount(),
    api<Onboarding>('GET', '/dashboard/onboarding'),
    api<TenantApiKeyList>('GET', '/api-keys'),
  ])
  const key = keyForSamples(apiKeys)
  const { API_URL, PUBLIC_API_URL = API_URL, DEMO_URL, SDK_PACKAGE } = env()
  return (
    <Page title="Get started" intro="From a key to the first connected device. It takes minutes.">
      <div className="grid grid-cols-1 items-start gap-6 xl:grid-cols-[22rem_minmax(0,1fr)]">
        <Section title="Checklist">
          <StepList initial={steps} />
        </Section>
        <div className="grid grid-cols-1 gap-6">
          <Section title="Your key" intro="Publishable: it goes into your app, and may be seen there.">
            {key ? <KeyShown apiKey={key} /> : <KeyMissing mayCreate={permissions.includes('api-keys:write')} />}
          </Section>
          <Section
            title="Your code"
            intro="It runs as it is: a user, a device with keys of its own, a connection, and a file for WireGuard."
          >
            <CodeSamples
              samples={samplesFor({
                apiKey: key?.key ?? 'cvk_…',
                baseUrl: PUBLIC_API_URL.replace(/\/+$/, ''),
                needsSecret: key?.requireSecret ?? false,
                sdkPackage: SDK_PACKAGE,
              })}
            />
          </Section>
          <Section title="Go further">
            <div className="flex flex-wrap gap-3">
              <Link href="/docs" className={buttonClass('secondary')}>
                Read the docs
              </Link>
              {DEMO_URL !== undefined && (
                <a href={DEMO_URL} target="_blank" rel="noreferrer" className={buttonClass('secondary')}>
                  Try it in the demo app
                  <ExternalLink aria-hidden size={18} />
                </a>
              )}
            </div>
          </Section>
        </div>
      </div>
    </Page>
  )
}

/** One that works, and in a browser too if there is such a one. */
function keyForSamples(keys: TenantApiKey[]): TenantApiKey | undefined {
  const active = keys.filter(({ status }) => status === 'active')
  return active.find(({ requireSecret }) => !requireSecret) ?? active[0]
}

function KeyShown({ apiKey: { key, name, requireSecret } }: { apiKey: TenantApiKey }) {
  return (
    <>
      <div className="flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded-lg bg-sunken px-3 py-2.5 font-mono text-sm break-all">{key}</code>
        <CopyButton text={key} label={`Copy ${name}`} isIconOnly />
      </div>
      <p className="mt-3 text-sm text-muted">
        {requireSecret ? 'This key needs its secret with every call, so it is for servers only. ' : ''}
        Its secret, for calls from your own server, was shown once when it was made. Without it, replace the key or make another under{' '}
        <Link href="/api-keys" className="text-link">
          API keys
        </Link>
        .
      </p>
    </>
  )
}

function KeyMissing({ mayCreate }: { mayCreate: boolean }) {
  return (
    <Notice tone="warning" title="No key that works">
      {mayCreate ? (
        <>
          Make one under{' '}
          <Link href="/api-keys" className="text-link">
            API keys
          </Link>
          ; its secret is shown there, once.
        </>
      ) : (
        'Ask an owner or admin of your account to make one.'
      )}
    </Notice>
  )
}
