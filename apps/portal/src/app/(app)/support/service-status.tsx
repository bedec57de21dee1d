import { Badge } from '@cvault/ui/badge'
import { Section } from '../../../components/page.tsx'
import { Time } from '../../../components/time.tsx'
import { readHealth } from './read-health.ts'
import { partsOf } from './service-state.ts'

export async function ServiceStatus() {
  const parts = partsOf(await readHealth())
  return (
    <Section
      title="Service status"
      action={
        <p className="text-sm text-muted">
          As of <Time at={new Date().toISOString()} />
        </p>
      }
    >
      <ul className="grid gap-4">
        {parts.map(({ part, tone, word, text }) => (
          <li key={part}>
            <p className="flex flex-wrap items-center justify-between gap-2">
              <span className="font-medium">{part}</span>
              <Badge tone={tone}>{word}</Badge>
            </p>
            <p className="text-sm text-muted">{text}</p>
          </li>
        ))}
      </ul>
    </Section>
  )
}
