import { Badge } from '@cvault/ui/badge'
import type { AuditEntry } from '@cvault/schema/audit'
import { ChevronRight } from 'lucide-react'
import { Link } from '../../../components/link.tsx'
import type { ReactNode } from 'react'
import { Facts } from '../../../components/facts.tsx'
import { Time } from '../../../components/time.tsx'
import { hrefWith } from '../../../lib/read-query.ts'
import { DiffTable } from './diff-table.tsx'
import { subjectOf } from './subject.ts'

/** One entry: who did what and when, and on opening it everything that was recorded. */
export function Entry({ entry }: { entry: AuditEntry }) {
  const { action, actor, after, before, createdAt, ip, requestId, result, target, userAgent } = entry
  const subject = subjectOf(after, before)
  return (
    <li>
      <details className="group">
        <summary className="grid min-h-11 grid-cols-[1.25rem_1fr_auto] items-center gap-x-3 px-4 py-3 hover:bg-sunken/60 focus-visible:-outline-offset-3 md:grid-cols-[1.25rem_14rem_1fr_auto] [&::-webkit-details-marker]:hidden">
          <ChevronRight aria-hidden size={18} className="text-muted transition-transform group-open:rotate-90" />
          <span className="font-mono text-sm font-semibold wrap-anywhere">{action}</span>
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
          <DiffTable caption={`${action}: before and after`} before={before} after={after} />
          <p className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
            <More filter={{ action }}>Only {action}</More>
            {actor.id !== null && <More filter={{ actorId: actor.id }}>Everything by them</More>}
            {target?.id != null && (
              <More filter={{ targetId: target.id }}>Everything about this {target.type.replaceAll(/[-_]/g, ' ')}</More>
            )}
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

const actorLabels: Record<string, string> = {
  operator: 'CVault support',
  system: 'CVault, by itself',
  tenant: 'Your server (API key)',
  user: 'A user of yours',
  anonymous: 'Somebody not signed in',
}

const actorLabel = ({ type, email }: AuditEntry['actor']): string =>
  type === 'member' ? (email ?? 'A former colleague') : (actorLabels[type] ?? type)

function Who({ entry: { actor } }: { entry: AuditEntry }) {
  if (actor.type === 'user' && actor.id !== null) return <Id href={`/users/${actor.id}`} label="User" id={actor.id} />
  return (
    <>
      {actorLabel(actor)}
      {actor.id !== null && actor.type !== 'operator' && <code className="block text-sm font-normal text-muted">{actor.id}</code>}
    </>
  )
}

const pages: Record<string, string> = { user: '/users', device: '/devices' }

function What({ target: { type, id } }: { target: NonNullable<AuditEntry['target']> }) {
  const label = type.replaceAll(/[-_]/g, ' ')
  const page = pages[type]
  if (id === null) return label
  return page === undefined ? (
    <>
      {label} <code className="block text-sm font-normal text-muted">{id}</code>
    </>
  ) : (
    <Id href={`${page}/${id}`} label={label} id={id} />
  )
}

function Id({ href, label, id }: { href: string; label: string; id: string }) {
  return (
    <Link className="text-link" href={href}>
      {label} <code className="block text-sm font-normal">{id}</code>
    </Link>
  )
}
