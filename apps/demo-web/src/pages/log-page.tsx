import { Download, ScrollText, Trash2 } from 'lucide-react'
import { useState, useSyncExternalStore } from 'react'
import { Button } from '@cvault/ui/button'
import { CodeBehind } from '../components/code-behind.tsx'
import { EmptyState } from '@cvault/ui/empty-state'
import { Page } from '../components/page.tsx'
import { downloadText } from '../format/download-text.ts'
import { requestLog } from '../log/request-log.ts'
import code from '../snippets/log.ts?raw'
import { LogRow } from './log/log-row.tsx'

const shownEntries = 100

export function LogPage() {
  const entries = useSyncExternalStore(requestLog.subscribe, requestLog.entries)
  const [isErrorsOnly, setErrorsOnly] = useState(false)
  const matching = isErrorsOnly ? entries.filter(({ code: errorCode }) => errorCode !== null) : entries
  const save = () => downloadText('cvault-demo-log.json', JSON.stringify(matching, null, 2), 'application/json')

  return (
    <Page title="Log" intro="Every call the SDK made since this page was opened, newest first. It never holds a key, a token or a body.">
      <section aria-label="Calls" className="grid gap-3">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <label className="flex min-h-11 items-center gap-2.5 font-medium">
            <input
              type="checkbox"
              className="size-5 accent-accent"
              checked={isErrorsOnly}
              onChange={(event) => setErrorsOnly(event.target.checked)}
            />
            Errors only
          </label>
          <div className="flex gap-2">
            <Button icon={<Download aria-hidden size={18} />} disabled={matching.length === 0} onClick={save}>
              Export JSON
            </Button>
            <Button icon={<Trash2 aria-hidden size={18} />} disabled={entries.length === 0} onClick={requestLog.clear}>
              Clear
            </Button>
          </div>
        </div>
        {matching.length === 0 ? (
          <EmptyState icon={ScrollText} title={isErrorsOnly ? 'No error' : 'No call yet'}>
            {isErrorsOnly ? 'Every call has succeeded so far.' : 'Use the app: each call of the SDK appears here.'}
          </EmptyState>
        ) : (
          <>
            <ol className="card divide-y divide-line overflow-hidden">
              {matching.slice(0, shownEntries).map((entry) => (
                <LogRow key={entry.id} entry={entry} />
              ))}
            </ol>
            {matching.length > shownEntries && (
              <p className="text-sm text-muted">
                The newest {shownEntries} of {matching.length}; the export holds them all.
              </p>
            )}
          </>
        )}
      </section>
      <CodeBehind code={code} />
    </Page>
  )
}
