import type { Onboarding } from '@cvault/schema/dashboard'
import { buttonClass } from '@cvault/ui/button-class'
import { Link } from '../../../components/link.tsx'
import { MeterBar } from '../../../components/meter-bar.tsx'
import { stepTitles } from '../onboarding/steps.ts'

/** How far the account is, until a device has connected. */
export function OnboardingCard({ onboarding: { steps } }: { onboarding: Onboarding }) {
  const done = steps.filter(({ doneAt }) => doneAt !== null).length
  const next = steps.find(({ doneAt }) => doneAt === null)
  const text = `${done} of ${steps.length} steps done`
  return (
    <section className="card flex flex-wrap items-center gap-x-8 gap-y-4 p-5 sm:p-6">
      <div className="min-w-0 flex-1 basis-72">
        <h2 className="text-lg font-bold">Get started</h2>
        <p className="mt-1 mb-3 text-sm text-muted">
          {text}. {next && `Next: ${stepTitles[next.id]}.`}
        </p>
        <MeterBar label="Steps done" percent={(done / steps.length) * 100} text={text} />
      </div>
      <Link href="/onboarding" className={buttonClass('primary')}>
        Go on
      </Link>
    </section>
  )
}
