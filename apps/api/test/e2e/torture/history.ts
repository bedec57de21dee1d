/** `unknown`: no answer, or one that says that something failed inside. It was done, or it was not, and never half. */
export type Outcome = 'ok' | 'refused' | 'unknown'

export type Entry = { atMs: number; tenant: string; operation: string; status: number | null; outcome: Outcome }

export type History = {
  /** Call the API as somebody of a tenant, and write down what came of it. */
  ask<T>(tenant: string, operation: string, call: () => Promise<Response>): Promise<{ outcome: Outcome; body: T | null }>
  /** Whose an id is, as far as answers told. Two tenants that are told one id is the worst there is. */
  owns(tenant: string, id: string): void
  faultBegins(name: string): void
  faultEnds(): void
  /** What must not be: answers that hold ids of others, and 5xx while nothing was wrong. */
  problems(): string[]
  summary(): string
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
/** After a fault was healed, connections are still made anew. */
const recoveryMs = 10_000

export function createHistory(): History {
  const entries: Entry[] = []
  const owners = new Map<string, string>()
  const leaks: string[] = []
  const faults: Array<{ name: string; fromMs: number; toMs: number }> = []

  const record = (entry: Entry): void => void entries.push(entry)
  const isExcused = ({ atMs }: Entry): boolean => faults.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + recoveryMs)

  return {
    async ask<T>(tenant: string, operation: string, call: () => Promise<Response>) {
      try {
        const response = await call()
        const text = await response.text()
        for (const id of text.match(uuid) ?? []) {
          const owner = owners.get(id)
          if (owner !== undefined && owner !== tenant) leaks.push(`${operation} told ${tenant} the id ${id} of ${owner}`)
        }
        const { status } = response
        const outcome = status < 300 ? 'ok' : status < 500 ? 'refused' : 'unknown'
        record({ atMs: Date.now(), tenant, operation, status, outcome })
        return { outcome, body: outcome === 'ok' && text !== '' ? (JSON.parse(text) as T) : null }
      } catch {
        // Refused, reset, timed out: what a killed process answers.
        record({ atMs: Date.now(), tenant, operation, status: null, outcome: 'unknown' })
        return { outcome: 'unknown', body: null }
      }
    },
    owns: (tenant, id) => void owners.set(id, tenant),
    faultBegins: (name) => void faults.push({ name, fromMs: Date.now(), toMs: Infinity }),
    faultEnds() {
      for (const fault of faults) fault.toMs = Math.min(fault.toMs, Date.now())
    },
    problems: () => [
      ...leaks,
      ...entries
        .filter((entry) => entry.outcome === 'unknown' && !isExcused(entry))
        .map((entry) => `failed while nothing was wrong: ${JSON.stringify(entry)}`),
    ],
    summary() {
      const count = (outcome: Outcome) => entries.filter((entry) => entry.outcome === outcome).length
      const names = Object.entries(Object.groupBy(faults, ({ name }) => name)).map(([name, list]) => `${name} ${list?.length}`)
      return `${entries.length} calls: ${count('ok')} ok, ${count('refused')} refused, ${count('unknown')} unknown. Faults: ${names.join(', ')}.`
    },
  }
}
