import { FlaskConical } from 'lucide-react'
import { useAppState } from '../session/app-state.tsx'
import { useIsSimulated } from '../session/use-is-simulated.ts'

export function DemoBanner() {
  const { cvault, deployment } = useAppState()
  return cvault === null ? <Banner isSimulated={deployment?.simulated === true} /> : <ConnectedBanner />
}

function ConnectedBanner() {
  return <Banner isSimulated={useIsSimulated()} />
}

function Banner({ isSimulated }: { isSimulated: boolean }) {
  return (
    <section aria-label="Demo" className="flex items-center justify-center gap-2 bg-warn-soft px-4 py-2 text-sm text-warn">
      <FlaskConical aria-hidden size={16} className="shrink-0" />
      <p>
        <strong>This is a demonstration.</strong>{' '}
        {isSimulated ? 'Its servers are simulated: no packet moves.' : 'Do not rely on it for your privacy.'}
      </p>
    </section>
  )
}
