import { PageQuery } from '@cvault/schema/common'
import type { TenantApiKeyList } from '@cvault/schema/tenant-api-keys'
import { EmptyState } from '@cvault/ui/empty-state'
import { Notice } from '@cvault/ui/notice'
import { KeyRound } from 'lucide-react'
import type { Metadata } from 'next'
import { NothingFound } from '../../../components/nothing-found.tsx'
import { Page } from '../../../components/page.tsx'
import { Pager } from '../../../components/pager.tsx'
import { readAccount } from '../../../lib/account.ts'
import { api } from '../../../lib/api.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { readQuery } from '../../../lib/read-query.ts'
import { csrfToken } from '../../../lib/session.ts'
import { readSettings } from '../../../lib/settings.ts'
import { intro } from './intro.ts'
import { KeyCard } from './key-card.tsx'
import { CreateKey } from './key-dialogs.tsx'
import { isReplaced } from './replaced.ts'
import { SecretDesk } from './secret-desk.tsx'

export const metadata: Metadata = { title: 'API keys' }

export default async function ApiKeysPage({ searchParams }: PageProps) {
  const { query } = readQuery({ cursor: PageQuery.shape.cursor }, await searchParams)
  const [account, csrf, { apiKeys, nextCursor }, { keyPolicy }] = await Promise.all([
    readAccount(),
    csrfToken(),
    api<TenantApiKeyList>('GET', '/api-keys', { query }),
    readSettings(),
  ])
  const isAllowed = account.permissions.includes('api-keys:write')
  const mayWrite = isAllowed && account.tenant.status !== 'suspended'
  const live = apiKeys.filter(({ status }) => status === 'active')
  const ended = apiKeys.filter(({ status }) => status !== 'active')
  return (
    <SecretDesk>
      <Page title="API keys" intro={intro} action={mayWrite && <CreateKey csrf={csrf} policy={keyPolicy} />}>
        {!isAllowed && (
          <Notice tone="info">You are {account.role}: you see the keys. To make, replace or revoke one takes an admin or an owner.</Notice>
        )}
        {live.map((apiKey) => (
          <KeyCard
            key={apiKey.id}
            apiKey={apiKey}
            csrf={csrf}
            mayWrite={mayWrite}
            isOld={isReplaced(apiKey, live)}
            maxDays={keyPolicy.maxDays}
          />
        ))}
        {live.length === 0 && (
          <NothingFound path="/api-keys" query={query} hint="">
            <EmptyState icon={KeyRound} title="No key that works">
              {mayWrite
                ? 'Make one: your apps cannot call the API without.'
                : 'Your apps cannot call the API without. Ask an owner or admin.'}
            </EmptyState>
          </NothingFound>
        )}
        {ended.length > 0 && (
          <details>
            <summary className="inline-flex min-h-11 items-center rounded-lg px-1 font-semibold text-accent hover:text-accent-strong">
              {ended.length} that no longer {ended.length === 1 ? 'works' : 'work'}
            </summary>
            <div className="mt-3 grid gap-6">
              {ended.map((apiKey) => (
                <KeyCard key={apiKey.id} apiKey={apiKey} csrf={csrf} mayWrite={false} maxDays={keyPolicy.maxDays} />
              ))}
            </div>
          </details>
        )}
        <Pager path="/api-keys" query={query} nextCursor={nextCursor} />
      </Page>
    </SecretDesk>
  )
}
