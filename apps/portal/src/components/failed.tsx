'use client'

import { Button } from '@cvault/ui/button'
import { buttonClass } from '@cvault/ui/button-class'
import { CopyButton } from '@cvault/ui/copy-button'
import { CircleAlert, CloudOff, Hourglass, Lock } from 'lucide-react'
import { Link } from './link.tsx'
import { useEffect, useRef, useTransition } from 'react'
import { type Failure, failureOf } from '../lib/failure.ts'

/** What Next gives an error page. */
export interface FailedProps {
  error: Error & { digest?: string }
  retry: () => void
}

const looks = {
  forbidden: {
    icon: Lock,
    title: 'Not for your role',
    text: 'You cannot see this page.',
  },
  limited: {
    icon: Hourglass,
    title: 'A little too fast',
    text: 'The API asks to wait a moment. Nothing is lost.',
  },
  away: {
    icon: CloudOff,
    title: 'The API does not answer',
    text: 'The portal is here; what it shows comes from the API, which cannot be reached right now. Your users’ tunnels do not depend on either.',
  },
  refused: {
    icon: CircleAlert,
    title: 'The API refused this',
    text: 'It did not accept what this page asked for.',
  },
  broken: {
    icon: CircleAlert,
    title: 'Something went wrong on our side',
    text: 'Nothing you did. Try again; if it stays, tell us the id below and we find out what it was.',
  },
}

/** In the place of a page that could not be shown: why, what to do, and the id to ask by. Never what broke inside. */
export function Failed({ error, retry }: FailedProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const [isPending, startTransition] = useTransition()
  // Next shows it without moving the focus: those who do not see it would not know.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [error])
  const failure = failureOf(error.digest)
  const { icon: Icon, title, text } = looks[failure.kind]
  return (
    <div className="card mx-auto grid max-w-xl justify-items-center gap-4 px-6 py-12 text-center">
      <span className="grid size-14 place-items-center rounded-full bg-sunken text-muted">
        <Icon aria-hidden size={26} />
      </span>
      <h1 ref={heading} tabIndex={-1} className="text-2xl font-bold tracking-tight">
        {title}
      </h1>
      <p className="max-w-md text-muted wrap-anywhere">{failure.detail ?? text}</p>
      <div className="flex flex-wrap justify-center gap-3">
        {failure.kind !== 'forbidden' && (
          <Button variant="primary" busy={isPending} onClick={() => startTransition(retry)}>
            Try again
          </Button>
        )}
        <Link className={buttonClass('secondary')} href={failure.kind === 'forbidden' ? '/members' : '/support'}>
          {failure.kind === 'forbidden' ? 'Who can change that' : 'Get help'}
        </Link>
      </div>
      <RequestId {...failure} />
    </div>
  )
}

function RequestId({ requestId }: Failure) {
  if (requestId === null) return null
  return (
    <p className="flex flex-wrap items-center justify-center gap-x-1 text-sm text-muted">
      Request <code className="font-mono break-all">{requestId}</code>
      <CopyButton text={requestId} label="Copy the request id" isIconOnly variant="quiet" />
    </p>
  )
}
