'use client'

import type { Onboarding } from '@cvault/schema/dashboard'
import { Circle, CircleCheck, CircleDot } from 'lucide-react'
import { useState } from 'react'
import { Day } from '../../../components/day.tsx'
import { MeterBar } from '../../../components/meter-bar.tsx'
import { Time } from '../../../components/time.tsx'
import { type PollState, usePoll } from '../../../lib/use-poll.ts'
import { stepHints, stepTitles } from './steps.ts'

type Step = Onboarding['steps'][number]

const everyMs = 3_000

/** The checklist. Each step ticks itself when the API has seen it happen, and says so to those who do not see it. */
export function StepList({ initial }: { initial: Step[] }) {
  const [steps, setSteps] = useState(initial)
  const state = usePoll<Step[]>('/onboarding/steps', everyMs, setSteps)
  const done = steps.filter(({ doneAt }) => doneAt !== null)
  const text = `${done.length} of ${steps.length} steps done`
  const current = steps.find(({ doneAt }) => doneAt === null)
  return (
    <>
      <p className="mb-2 text-sm font-semibold" role="status">
        {current ? text : 'All done: your first device has connected.'}
      </p>
      <MeterBar label="Steps done" percent={(done.length / steps.length) * 100} text={text} />
      <ol className="mt-5 grid gap-1">
        {steps.map((step) => (
          <StepRow key={step.id} step={step} isCurrent={step === current} />
        ))}
      </ol>
      <p className="mt-4 min-h-5 text-sm text-muted">{current ? notes[state] : ''}</p>
    </>
  )
}

function StepRow({ step: { id, doneAt }, isCurrent }: { step: Step; isCurrent: boolean }) {
  const Icon = doneAt !== null ? CircleCheck : isCurrent ? CircleDot : Circle
  const title = stepTitles[id]
  return (
    <li aria-current={isCurrent ? 'step' : undefined} className="flex gap-3 rounded-lg p-3 aria-[current]:bg-accent-soft">
      <Icon aria-hidden size={22} className={`mt-0.5 shrink-0 ${doneAt !== null || isCurrent ? 'text-accent' : 'text-edge'}`} />
      <div className="min-w-0">
        <p className="font-semibold">
          {title.charAt(0).toUpperCase() + title.slice(1)}
          <span className="sr-only">{doneAt !== null ? ' (done)' : ' (to do)'}</span>
        </p>
        <p className="text-sm wrap-anywhere text-muted">{doneAt === null ? stepHints[id] : <DoneAt id={id} at={doneAt} />}</p>
      </div>
    </li>
  )
}

/** Calls are counted by day: their time is not known. */
function DoneAt({ id, at }: { id: Step['id']; at: string }) {
  return id === 'first-call' ? <Day date={at} /> : <Time at={at} />
}

const notes: Record<PollState, string> = {
  live: 'Waiting for the next step: it ticks itself, here, within seconds.',
  failing: 'The last look had no answer. It tries again.',
  ended: 'You are signed out: sign in again to go on.',
}
