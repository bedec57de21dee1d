import { isCVaultError } from '@cvault/sdk-js'
import { RotateCw } from 'lucide-react'
import { guidanceFor } from '../errors/guidance.ts'
import { Button } from '@cvault/ui/button'
import { ButtonLink } from './button-link.tsx'
import { CopyButton } from '@cvault/ui/copy-button'
import { Notice } from '@cvault/ui/notice'

interface ErrorNoticeProps {
  error: unknown
  onRetry?: () => void
  isRetrying?: boolean
}

/** Says of any error what happened and what to do next. */
export function ErrorNotice({ error, onRetry, isRetrying = false }: ErrorNoticeProps) {
  if (!isCVaultError(error)) {
    return (
      <Notice tone="danger" role="alert" title="Something in this app broke">
        <p>It is not the API’s doing. Reload the page; if it stays, report it.</p>
        <p className="mt-1 font-mono text-sm text-muted">{error instanceof Error ? error.message : String(error)}</p>
      </Notice>
    )
  }
  const { title, help, next } = guidanceFor(error.code)
  return (
    <Notice tone="danger" role="alert" title={title}>
      <p>{help}</p>
      <p className="mt-1 text-sm text-muted">
        <code className="font-mono">{error.code}</code>: {error.message}
      </p>
      {error.errors.length > 0 && (
        <ul className="mt-1 list-inside list-disc text-sm">
          {error.errors.map(({ path, message }) => (
            <li key={path + message}>
              {path.replace(/^body\./, '')}: {message}
            </li>
          ))}
        </ul>
      )}
      {error.retryAfter !== null && <p className="mt-1 text-sm">Worth trying again in {error.retryAfter} s.</p>}
      <div className="mt-3 flex flex-wrap items-center gap-3">
        {next.kind === 'link' && <ButtonLink to={next.to}>{next.label}</ButtonLink>}
        {next.kind === 'retry' && onRetry !== undefined && (
          <Button busy={isRetrying} icon={<RotateCw aria-hidden size={18} />} onClick={onRetry}>
            Try again
          </Button>
        )}
        {error.requestId !== null && (
          <span className="flex items-center gap-1 text-sm text-muted">
            <span className="whitespace-nowrap">Request id</span> <code className="font-mono">{error.requestId}</code>
            <CopyButton text={error.requestId} label="Copy request id" isIconOnly variant="quiet" />
          </span>
        )}
      </div>
    </Notice>
  )
}
