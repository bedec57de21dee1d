import { Health } from '@cvault/schema/health'

export interface PartState {
  part: string
  tone: 'good' | 'warning' | 'danger' | 'neutral'
  word: string
  text: string
}

/** The parts of the service as those see them who build on it; null: no answer, or none of ours. */
export function partsOf(answer: unknown): PartState[] {
  const parsed = Health.safeParse(answer)
  if (!parsed.success)
    return [
      {
        part: 'API',
        tone: 'danger',
        word: 'Down',
        text: 'It does not answer. Apps cannot sign in or connect; tunnels that are up stay up.',
      },
      { part: 'VPN servers', tone: 'neutral', word: 'Unknown', text: 'Nobody can say while the API does not answer.' },
    ]
  const { status, components } = parsed.data
  return [
    status === 'unhealthy'
      ? { part: 'API', tone: 'danger', word: 'Down', text: 'It answers, and cannot reach its data. Tunnels that are up stay up.' }
      : { part: 'API', tone: 'good', word: 'Up', text: 'Answers, and reaches its data.' },
    serversOf(components.servers.status),
    updatesOf(components.worker.status),
  ]
}

type State = Health['components']['servers']['status']

function serversOf(state: State): PartState {
  const part = 'VPN servers'
  if (state === 'up') return { part, tone: 'good', word: 'Up', text: 'All that are in service answer.' }
  if (state === 'disabled') return { part, tone: 'neutral', word: 'None', text: 'No server is in service.' }
  return state === 'down'
    ? { part, tone: 'danger', word: 'Down', text: 'None answers us. Tunnels may work all the same; new devices wait.' }
    : { part, tone: 'warning', word: 'Partly', text: 'Some do not answer us. The dashboard says which.' }
}

function updatesOf(state: State): PartState {
  const part = 'Updates of servers'
  if (state === 'up') return { part, tone: 'good', word: 'Up', text: 'New and removed devices reach their servers within seconds.' }
  if (state === 'disabled') return { part, tone: 'neutral', word: 'Nothing to do', text: 'No server is in service.' }
  return state === 'down'
    ? { part, tone: 'danger', word: 'Down', text: 'New and removed devices wait until it is back.' }
    : { part, tone: 'warning', word: 'Partly', text: 'New and removed devices of some servers wait.' }
}
