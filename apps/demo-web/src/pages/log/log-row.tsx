import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { Collapsible } from '@base-ui/react/collapsible'
import { CopyButton } from '@cvault/ui/copy-button'
import { guidanceFor } from '../../errors/guidance.ts'
import { formatClock } from '../../format/time.ts'
import type { LogEntry } from '../../log/request-log.ts'

export function LogRow({ entry }: { entry: LogEntry }) {
  const { method, path, status, code, durationMs, startedAt } = entry
  return (
    <li>
      <Collapsible.Root>
        <Collapsible.Trigger className="group flex min-h-12 w-full flex-wrap items-center gap-x-3 px-4 py-2 text-left hover:bg-sunken focus-visible:-outline-offset-3 sm:flex-nowrap">
          <span className={`tabular w-10 font-mono text-sm font-bold ${code === null ? 'text-accent' : 'text-danger'}`}>
            {status ?? '–––'}
          </span>
          <span className="min-w-0 flex-1 font-mono text-sm wrap-anywhere">
            <span className="font-bold">{method}</span> {path}
          </span>
          <ChevronRight aria-hidden size={18} className="text-muted transition-transform group-data-panel-open:rotate-90 sm:order-last" />
          <span className="flex w-full gap-4 pl-13 text-[0.8125rem] text-muted sm:w-auto sm:pl-0">
            {code !== null && <span className="font-mono text-danger">{code}</span>}
            <span className="tabular sm:w-16 sm:text-right">{Math.round(durationMs)} ms</span>
            <time className="tabular sm:w-16 sm:text-right" dateTime={new Date(startedAt).toISOString()}>
              {formatClock(startedAt)}
            </time>
          </span>
        </Collapsible.Trigger>
        <Collapsible.Panel className="border-t border-line bg-sunken px-4 py-3 text-[0.9375rem]">
          <Details {...entry} />
        </Collapsible.Panel>
      </Collapsible.Root>
    </li>
  )
}

function Details({ code, status, attempt, retryInMs, requestId }: LogEntry) {
  const guidance = code === null ? null : guidanceFor(code)
  return (
    <>
      {guidance !== null && (
        <p className="mb-2 max-w-prose">
          <strong>{guidance.title}.</strong> {guidance.help}{' '}
          {guidance.next.kind === 'link' && guidance.next.to !== '/log' && (
            <Link to={guidance.next.to} className="text-link">
              {guidance.next.label}
            </Link>
          )}
        </p>
      )}
      <dl className="flex flex-wrap items-center gap-x-8 gap-y-1">
        <Fact term="Status">{status === null ? 'no answer' : status}</Fact>
        <Fact term="Attempt">
          {attempt}
          {retryInMs !== null && `, again after ${Math.round(retryInMs)} ms`}
        </Fact>
        <Fact term="Request id">
          {requestId === null ? (
            'none'
          ) : (
            <>
              <code className="font-mono text-sm wrap-anywhere">{requestId}</code>
              <CopyButton text={requestId} label="Copy request id" isIconOnly variant="quiet" />
            </>
          )}
        </Fact>
      </dl>
    </>
  )
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="flex min-h-11 items-center gap-2">
      <dt className="text-muted">{term}</dt>
      <dd className="flex min-w-0 items-center gap-1 font-medium">{children}</dd>
    </div>
  )
}
