'use client'

import type { ActivityItem } from '@cvault/schema/dashboard'
import { useState } from 'react'
import { Time } from '../../../components/time.tsx'
import { type PollState, usePoll } from '../../../lib/use-poll.ts'
import { activityText } from './activity-text.ts'

const everyMs = 10_000

/** What happened lately, the newest first; new lines come by themselves and are read out in a pause. */
export function ActivityFeed({ initial }: { initial: ActivityItem[] }) {
  const [items, setItems] = useState(initial)
  const state = usePoll<ActivityItem[]>('/dashboard/activity', everyMs, setItems)
  return (
    <>
      {items.length === 0 ? (
        <p className="text-muted">Nothing has happened yet.</p>
      ) : (
        <ol aria-live="polite" aria-relevant="additions" className="divide-y divide-line">
          {items.map((item) => (
            <li key={item.id} className="flex flex-wrap items-baseline justify-between gap-x-4 py-2.5 first:pt-0">
              <div className="min-w-0 flex-1 basis-56 wrap-anywhere">
                <span className="font-medium">{activityText(item.type)}</span>
                {item.subject?.label && <span className="text-muted">: {item.subject.label}</span>}
                {item.actor?.label && item.actor.label !== item.subject?.label && (
                  <span className="block text-sm text-muted">by {item.actor.label}</span>
                )}
              </div>
              <span className="text-sm text-muted">
                <Time at={item.at} />
              </span>
            </li>
          ))}
        </ol>
      )}
      <p className="mt-3 min-h-5 text-sm text-muted">{notes[state]}</p>
    </>
  )
}

const notes: Record<PollState, string> = {
  live: 'Looks again every ten seconds while you are here.',
  failing: 'The last look had no answer. It tries again.',
  ended: 'You are signed out: sign in again to see what is new.',
}
