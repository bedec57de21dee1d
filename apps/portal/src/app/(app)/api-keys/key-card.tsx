import type { TenantApiKey } from '@cvault/schema/tenant-api-keys'
import { Badge } from '@cvault/ui/badge'
import { CopyButton } from '@cvault/ui/copy-button'
import type { ReactNode } from 'react'
import { ConfirmForm } from '../../../components/confirm-form.tsx'
import { Facts } from '../../../components/facts.tsx'
import { Time } from '../../../components/time.tsx'
import { formatNumber } from '../../../lib/format.ts'
import { revokeKey } from './actions.ts'
import { ChangeKey, ReplaceKey } from './key-dialogs.tsx'
import { spokenName } from './replaced.ts'

interface KeyCardProps {
  apiKey: TenantApiKey
  csrf: string
  mayWrite: boolean
  /** Another has taken its place. */
  isOld?: boolean
  /** How long the account's policy lets a key live. */
  maxDays: number | null
}

/** All there is to know of one key, and what can be done with it. */
export function KeyCard({ apiKey, csrf, mayWrite, isOld = false, maxDays }: KeyCardProps) {
  const { id, key, name, status, requireSecret, lastUsedAt, callsThisMonth, createdAt } = apiKey
  const spoken = spokenName(apiKey, isOld)
  return (
    <article aria-label={spoken} className="card grid gap-4 p-5 sm:p-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h2 className="min-w-0 text-lg font-bold wrap-anywhere">{name}</h2>
        <StateOf apiKey={apiKey} isOld={isOld} />
        {requireSecret && <Badge tone="neutral">Servers only</Badge>}
      </div>
      <div className="flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded-lg bg-sunken px-3 py-2.5 font-mono text-sm break-all">{key}</code>
        {status === 'active' && <CopyButton text={key} label={`Copy the key ${spoken}`} isIconOnly />}
      </div>
      <Facts
        facts={[
          ['Calls this month (UTC)', <span className="tabular">{formatNumber(callsThisMonth)}</span>],
          ['Last used', lastUsedAt === null ? 'Never' : <Time at={lastUsedAt} />],
          ['Secret', requireSecret ? 'Needed with every call' : 'Needed only where your server acts for users'],
          ['Made', <Time at={createdAt} />],
          endOf(apiKey),
        ]}
      />
      {mayWrite && status === 'active' && (
        <div className="-mb-2 -ml-4 flex flex-wrap">
          <ChangeKey csrf={csrf} apiKey={apiKey} spoken={spoken} />
          <ReplaceKey csrf={csrf} apiKey={apiKey} spoken={spoken} maxDays={maxDays} />
          <ConfirmForm
            action={revokeKey}
            csrf={csrf}
            fields={{ id }}
            label="Revoke"
            name={spoken}
            title={`Revoke “${name}”?`}
            description={<Consequence apiKey={apiKey} />}
            confirm="Revoke key"
            done="Key revoked"
          />
        </div>
      )}
    </article>
  )
}

function StateOf({ apiKey: { status, expiresAt }, isOld }: { apiKey: TenantApiKey; isOld: boolean }) {
  if (status === 'revoked') return <Badge tone="danger">Revoked</Badge>
  if (status === 'expired') return <Badge tone="neutral">Ended</Badge>
  if (expiresAt === null) return <Badge tone="good">Active</Badge>
  if (!isOld) return <Badge tone="warning">Active until it ends</Badge>
  return (
    <Badge tone="warning">
      Old pair: ends <Time at={expiresAt} />
    </Badge>
  )
}

function endOf({ status, expiresAt, revokedAt }: TenantApiKey): [string, ReactNode] {
  if (revokedAt !== null) return ['Revoked', <Time at={revokedAt} />]
  if (expiresAt === null) return ['Ends', 'Never']
  return [status === 'expired' ? 'Ended' : 'Ends', <Time at={expiresAt} />]
}

function Consequence({ apiKey: { callsThisMonth, lastUsedAt } }: { apiKey: TenantApiKey }) {
  return (
    <>
      <p>
        {callsThisMonth > 0 ? (
          <strong className="text-ink">
            It was used for {formatNumber(callsThisMonth)} {callsThisMonth === 1 ? 'call' : 'calls'} this month
          </strong>
        ) : (
          'It was not used this month'
        )}
        {lastUsedAt === null ? (
          ', and never before.'
        ) : (
          <>
            , last on <Time at={lastUsedAt} />.
          </>
        )}
      </p>
      <p className="mt-2">
        Within 5 seconds every call with it is refused: apps that carry it cannot sign users in, connect them or renew their tokens. Tunnels
        that are up stay up. A revoked key cannot come back; to change over without a gap, replace it instead.
      </p>
    </>
  )
}
