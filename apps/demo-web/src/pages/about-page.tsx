import { ExternalLink } from 'lucide-react'
import type { ReactNode } from 'react'
import { Page } from '../components/page.tsx'
import { useAppState } from '../session/app-state.tsx'

const repository = 'https://github.com/cvault/cvault'

export function AboutPage() {
  const { deployment } = useAppState()
  return (
    <Page title="About" intro="A demonstration of CVault, made to be taken apart.">
      <section aria-labelledby="what" className="card max-w-3xl space-y-3 p-5 sm:p-6">
        <h2 id="what" className="text-lg font-bold">
          What this is
        </h2>
        <p>
          CVault is a control plane for WireGuard: it keeps users, devices, keys, addresses and servers for businesses that put a VPN into
          their own app. This app shows what such an app can do, with nothing but the SDK for JavaScript,{' '}
          <code className="font-mono text-[0.9375rem]">@cvault/sdk-js</code>. Each page shows the code behind it, and the log shows every
          call.
        </p>
        <p>
          It is no VPN to rely on: a browser cannot raise a tunnel, accounts here may be shared, and servers may be simulated. Install it
          from your browser’s menu to try it as an app; it starts offline as well.
        </p>
      </section>
      <section aria-labelledby="links" className="card max-w-3xl p-5 sm:p-6">
        <h2 id="links" className="mb-2 text-lg font-bold">
          Read on
        </h2>
        <ul className="divide-y divide-line">
          {deployment?.docsUrl != null && (
            <Entry href={deployment.docsUrl} title="API reference">
              Every call, with its errors
            </Entry>
          )}
          <Entry href={`${repository}/tree/main/packages/sdk-js#readme`} title="SDK README">
            Install it and make your first call
          </Entry>
          <Entry href={`${repository}/tree/main/docs`} title="Documentation">
            How CVault works and how to run it
          </Entry>
          {deployment?.portalUrl != null && (
            <Entry href={deployment.portalUrl} title="Portal">
              For tenants: API keys, users, devices, usage
            </Entry>
          )}
          <Entry href={`${repository}/issues`} title="Help">
            Report a fault, with the request id from the log
          </Entry>
        </ul>
        <p className="mt-3 text-sm text-muted">
          Is your tenant suspended or your account disabled? Only whoever runs this CVault can change that; the request id helps them.
        </p>
      </section>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-[0.9375rem]">
        <dt className="text-muted">Version</dt>
        <dd>{__VERSION__}</dd>
        <dt className="text-muted">License</dt>
        <dd>Apache-2.0</dd>
      </dl>
    </Page>
  )
}

function Entry({ href, title, children }: { href: string; title: string; children: ReactNode }) {
  return (
    <li>
      <a href={href} target="_blank" rel="noreferrer" className="group flex min-h-14 items-center gap-3 rounded-lg py-2">
        <span className="flex-1">
          <span className="font-semibold text-accent group-hover:underline">{title}</span>
          <span className="block text-sm text-muted">{children}</span>
        </span>
        <ExternalLink aria-hidden size={18} className="text-muted" />
      </a>
    </li>
  )
}
