import { Badge } from '@cvault/ui/badge'
import type { AuditEntry } from '@cvault/schema/audit'
import { ChevronRight } from 'lucide-react'
import { Link } from '../../../components/link.tsx'
import type { ReactNode } from 'react'
import { Facts } from '../../../components/facts.tsx'
import { RowLink } from '../../../components/row-link.tsx'
import { Time } from '../../../components/time.tsx'
import { hrefWith } from '../../../lib/read-query.ts'
import { DiffTable } from './diff-table.tsx'
import { actionText } from './action-text.ts'
import { actorLabel, subjectOf } from './subject.ts'

/** One entry: who did what and when, and on opening it everything that was recorded. */
export function Entry({ entry }: { entry: AuditEntry }) {
  const { action, actor, after, before, createdAt, ip, requestId, result, target, userAgent } = entry
  const subject = subjectOf(entry)
  const text = actionText(action, result)
  return (
    <li>
      <details className="group">
        <summary className="grid min-h-11 grid-cols-[1.25rem_1fr_auto] items-center gap-x-3 px-4 py-3 hover:bg-sunken/60 focus-visible:-outline-offset-3 md:grid-cols-[1.25rem_15rem_1fr_auto] [&::-webkit-details-marker]:hidden">
          <ChevronRight aria-hidden size={18} className="text-muted transition-transform group-open:rotate-90" />
          <span className="min-w-0 wrap-anywhere">
            <span className="font-semibold">{text}</span>
            <code className="block text-[0.8125rem] text-muted">{action}</code>
          </span>
          <span className="col-start-2 row-start-2 text-[0.9375rem] text-muted wrap-anywhere md:col-start-auto md:row-start-auto">
            {actorLabel(actor)}
            {subject !== null && <span className="text-ink"> · {subject}</span>}
            <span className="md:hidden">
              , <Time at={createdAt} />
            </span>
          </span>
          <span className="flex items-center gap-3">
            {result !== 'success' && <Badge tone="danger">{result === 'denied' ? 'Denied' : 'Failed'}</Badge>}
            <span className="hidden text-sm text-muted md:inline">
              <Time at={createdAt} />
            </span>
          </span>
        </summary>
        <div className="grid gap-4 border-t border-line bg-sunken/40 p-4 sm:pl-12">
          <Facts
            facts={[
              ['By', <Who entry={entry} />],
              ['About', target === null ? 'Nothing in particular' : <What target={target} />],
              ['Result', result],
              ['From', ip ?? 'Not recorded'],
              ['Program', userAgent ?? 'Not recorded'],
              ['Request', requestId === null ? 'None' : <code className="text-sm">{requestId}</code>],
            ]}
          />
          <DiffTable caption={`${text}: before and after`} before={before} after={after} />
          <p className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
            <More filter={{ action }}>Only entries like this</More>
            {actor.id !== null && <More filter={{ actorId: actor.id }}>Everything by them</More>}
            {target?.id != null && <More filter={{ targetId: target.id }}>Everything about this {typeText(target.type)}</More>}
          </p>
        </div>
      </details>
    </li>
  )
}

function More({ filter, children }: { filter: Record<string, string>; children: ReactNode }) {
  return (
    <Link className="text-link inline-flex min-h-11 items-center" href={hrefWith('/audit', filter)}>
      {children}
    </Link>
  )
}

function Who({ entry: { actor } }: { entry: AuditEntry }) {
  const { type, id, label } = actor
  if (id === null || type === 'operator') return actorLabel(actor)
  // Of a deleted user there is no page any more.
  if (type === 'user' && label !== null) return <Id href={`/users/${id}`} label={label} id={id} />
  if (type === 'tenant') return <Id href="/api-keys" label={actorLabel(actor)} id={id} />
  return (
    <>
      {actorLabel(actor)} <code className="block text-sm font-normal text-muted">{id}</code>
    </>
  )
}

function What({ target }: { target: NonNullable<AuditEntry['target']> }) {
  const { type, id, label, user } = target
  const name = label === null ? typeText(type) : `${typeText(type)} ${type === 'session' ? 'of ' : ''}${label}`
  const page = pageOf(target)
  if (id === null) return name
  return (
    <>
      {page === null ? (
        <>
          {name} <code className="block text-sm font-normal text-muted">{id}</code>
        </>
      ) : (
        <Id href={page} label={name} id={id} />
      )}
      {user !== null && (
        <span className="block font-normal">
          of {user.label === null ? 'a deleted user' : <RowLink href={`/users/${user.id}`}>{user.label}</RowLink>}
        </span>
      )}
    </>
  )
}

const kinds: Record<string, string> = { session: 'connection', api_key: 'API key' }
const typeText = (type: string): string => kinds[type] ?? type.replaceAll(/[-_]/g, ' ')

/** Where it can be looked at; null: nowhere, or nothing is left of it. */
function pageOf({ type, id, label, deviceId }: NonNullable<AuditEntry['target']>): string | null {
  if (label === null) return null
  if (type === 'user') return `/users/${id}`
  if (type === 'device') return `/devices/${id}`
  if (type === 'session') return `/devices/${deviceId}`
  if (type === 'api_key') return '/api-keys'
  return type === 'member' || type === 'invitation' ? '/members' : null
}

function Id({ href, label, id }: { href: string; label: string; id: string }) {
  return (
    <RowLink href={href}>
      {label} <code className="block text-sm font-normal">{id}</code>
    </RowLink>
  )
}
