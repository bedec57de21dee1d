import { Tabs } from '@base-ui/react/tabs'
import { Navigate, useLocation, useSearchParams } from 'react-router'
import { CodeBehind } from '../components/code-behind.tsx'
import { Notice } from '@cvault/ui/notice'
import { Page } from '../components/page.tsx'
import { type SignedOutReason, useAppState } from '../session/app-state.tsx'
import code from '../snippets/sign-in.ts?raw'
import { CredentialsForm } from './sign-in/credentials-form.tsx'

const tabClass =
  'min-h-12 flex-1 border-b-2 border-transparent px-1 text-[0.9375rem] font-semibold whitespace-nowrap text-muted hover:text-ink data-active:border-accent data-active:text-ink focus-visible:-outline-offset-3'

const whys: Record<SignedOutReason, string> = {
  logout: 'You have signed out.',
  expired: 'Your session has expired. Sign in again: you come back to where you were.',
  elsewhere: 'You have signed out in another tab.',
}

export function SignInPage() {
  const { user, signedOutReason } = useAppState()
  const { state } = useLocation()
  // In the address, so that an error of one tab can lead to the other.
  const [params, setParams] = useSearchParams()
  const tab = params.has('new') ? 'create' : 'sign-in'
  const setTab = (next: string) => setParams(next === 'create' ? { new: '' } : {}, { replace: true, state })
  if (user !== null) return <Navigate to={parseFrom(state)} replace />

  return (
    <Page
      title={tab === 'sign-in' ? 'Sign in' : 'Create an account'}
      intro="Users belong to the tenant of the API key. The SDK keeps the session and renews it by itself."
    >
      {signedOutReason !== null && (
        <Notice tone="info" role="status">
          {whys[signedOutReason]}
        </Notice>
      )}
      <Tabs.Root value={tab} onValueChange={(value: string) => setTab(value)} className="card w-full max-w-lg overflow-hidden">
        <Tabs.List className="flex border-b border-line" activateOnFocus>
          <Tabs.Tab value="sign-in" className={tabClass}>
            Sign in
          </Tabs.Tab>
          <Tabs.Tab value="create" className={tabClass}>
            Create an account
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="sign-in" className="p-5 sm:p-6">
          <CredentialsForm kind="sign-in" />
        </Tabs.Panel>
        <Tabs.Panel value="create" className="p-5 sm:p-6">
          <CredentialsForm kind="create" />
        </Tabs.Panel>
      </Tabs.Root>
      <CodeBehind code={code} />
    </Page>
  )
}

/** Where the visitor was sent away from: a path of this app and nothing else. */
function parseFrom(state: unknown): string {
  const from = typeof state === 'object' && state !== null && 'from' in state ? state.from : undefined
  return typeof from === 'string' && /^\/(?![/\\])/.test(from) ? from : '/devices'
}
