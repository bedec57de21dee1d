import { Notice } from '@cvault/ui/notice'

interface ListSummaryProps {
  text: string
  /** Filters of the URL that were left out. */
  ignored: string[]
}

/** Said aloud when a filter changed the list, since the focus stays in the form. */
export function ListSummary({ text, ignored }: ListSummaryProps) {
  return (
    <div className="grid gap-3">
      {ignored.length > 0 && (
        <Notice tone="warning">This link has filters that mean nothing here, so they were left out: {ignored.join(', ')}.</Notice>
      )}
      <p role="status" className="text-sm text-muted">
        {text}
      </p>
    </div>
  )
}
