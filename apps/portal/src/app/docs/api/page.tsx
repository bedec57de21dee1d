import { Notice } from '@cvault/ui/notice'
import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { Link } from '../../../components/link.tsx'
import { env } from '../../../lib/env.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { DocFrame } from '../_parts/doc-frame.tsx'
import { allowsOrigin } from './may-try.ts'
import { Reference } from './reference.tsx'

export const metadata: Metadata = { title: 'API reference · Docs', description: 'Every call of the API, to try out' }

const parts = [
  { part: 'apps', href: '/docs/api', label: 'For apps and servers' },
  { part: 'portal', href: '/docs/api?part=portal', label: 'Of the portal' },
] as const

export default async function ApiReferencePage({ searchParams }: PageProps) {
  const shown = (await searchParams).part === 'portal' ? 'portal' : 'apps'
  const { API_URL, PUBLIC_API_URL } = env()
  const incoming = await headers()
  const origin = `${incoming.get('x-forwarded-proto') ?? 'http'}://${incoming.get('host')}`
  const mayTry = await allowsOrigin(API_URL, origin)
  return (
    <DocFrame current="/docs/api">
      <h1 className="mb-4 text-[1.75rem] leading-tight font-bold tracking-tight sm:text-3xl">API reference</h1>
      <p className="my-4 max-w-[75ch]">
        Every call of the API at <code className="font-mono text-[0.875em] wrap-anywhere">{PUBLIC_API_URL ?? API_URL}</code>. The same as a
        file, for generators and other tools:{' '}
        <a className="text-link" href="/docs/openapi.json">
          openapi.json
        </a>{' '}
        (OpenAPI 3.1).
      </p>
      {mayTry ? (
        <Notice tone="info" title="These are real calls">
          “Try it out” calls the API with what you enter under “Authorize”, which stays in this page. Take your API key and the access token
          of a user; calls that need the API secret cannot be made from a browser.
        </Notice>
      ) : (
        <Notice tone="info" title={mayTry === null ? 'The API does not answer' : '“Try it out” is off'}>
          {mayTry === null
            ? 'So there is nothing to show or to try just now. Reload the page in a moment.'
            : 'The API does not allow calls from this portal’s pages (CORS). Use the examples with curl, or ask whoever runs your CVault to allow it.'}
        </Notice>
      )}
      <nav aria-label="Parts of the API" className="mt-6 flex flex-wrap gap-1 border-b border-line print:hidden">
        {parts.map(({ part, href, label }) => (
          <a
            key={part}
            href={href}
            aria-current={part === shown ? 'page' : undefined}
            className="-mb-px inline-flex min-h-11 items-center border-b-3 border-transparent px-4 font-semibold text-muted hover:text-ink focus-visible:-outline-offset-3 aria-[current=page]:border-accent aria-[current=page]:text-ink"
          >
            {label}
          </a>
        ))}
      </nav>
      <Reference part={shown} mayTry={mayTry === true} />
      <noscript>
        <p className="my-4">
          The reference needs JavaScript. <a href="/docs/openapi.json">openapi.json</a> holds all of it; the{' '}
          <Link href="/docs/getting-started">first steps</Link> need none.
        </p>
      </noscript>
    </DocFrame>
  )
}
