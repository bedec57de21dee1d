/** `unknown`: no answer, or one that says that something failed inside. It was done, or it was not, and never half. */
export type Outcome = 'ok' | 'refused' | 'unknown'

/** One request and what came back: `status` null where nothing did. */
export type Call = {
  who: string
  operation: string
  /** The API process it went to. */
  url: string
  fromMs: number
  toMs: number
  status: number | null
  code: string | null
  outcome: Outcome
  /** What failed, or the id under which the log says it. */
  why?: string
}

export type Answer<T> = { outcome: Outcome; status: number | null; code: string | null; body: T | null }

/** Which calls may come to nothing while a fault lasts. */
export type Excuse = (call: Call) => boolean

export type History = {
  /** Call the API as somebody, and write down what came of it. */
  ask<T>(call: Pick<Call, 'who' | 'operation' | 'url'>, send: () => Promise<Response>): Promise<Answer<T>>
  /** What came of an operation in the end, however often it was asked for. */
  settled(operation: string, outcome: Outcome): void
  /** A fault begins; call what is returned when it is over. */
  fault(name: string, excuses: Excuse): () => void
  /** From now on whoever shows this credential is refused. */
  revoked(credential: string): void
  /** `credential` was shown at a moment and opened something. */
  opened(credential: string, atMs: number): void
  /** Something that must never be was seen. */
  wrong(what: string): void
  /** Every id that answers told somebody. */
  told: Map<string, Set<string>>
  faultsOf(name: string): number
  count(operation: string, outcome: Outcome): number
  /** Of all calls, those that came to nothing. */
  unknownShare(): number
  /** What must not be: failures while nothing was wrong that explains them, and revoked credentials that open something. */
  problems(): string[]
  summary(): string
  /** What was broken when, the last ones. */
  timeline(): string
}

export const uuidPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
/** After a fault was healed, connections are still made anew. */
const recoveryMs = 10_000
/** Every replica knows of a revocation after 5 s; the rest is for a machine that does ten things at once. */
const revocationMs = 10_000
/** 503 that are answers: no server has room, the process has enough to do. */
const answers = new Set(['SERVER_UNAVAILABLE', 'OVERLOADED'])

export function createHistory(): History {
  const calls: Call[] = []
  const results = new Map<string, Record<Outcome, number>>()
  const faults: Array<{ name: string; excuses: Excuse; fromMs: number; toMs: number }> = []
  const told = new Map<string, Set<string>>()
  const ends = new Map<string, number>()
  const wrongs: string[] = []

  const isExcused = (call: Call): boolean =>
    faults.some(({ excuses, fromMs, toMs }) => call.toMs >= fromMs && call.fromMs <= toMs + recoveryMs && excuses(call))
  const count = (operation: string, outcome: Outcome): number => results.get(operation)?.[outcome] ?? 0
  const faultsOf = (wanted: string): number => faults.filter(({ name }) => name === wanted).length

  return {
    async ask<T>({ who, operation, url }: Pick<Call, 'who' | 'operation' | 'url'>, send: () => Promise<Response>): Promise<Answer<T>> {
      const fromMs = Date.now()
      const record = (status: number | null, code: string | null, outcome: Outcome, why?: string) =>
        calls.push({ who, operation, url, fromMs, toMs: Date.now(), status, code, outcome, ...(why !== undefined && { why }) })
      try {
        const response = await send()
        const text = await response.text()
        const ids = told.get(who) ?? new Set()
        told.set(who, ids)
        for (const id of text.match(uuidPattern) ?? []) ids.add(id)
        const { status } = response
        const body = text === '' ? null : (JSON.parse(text) as T & { code?: string; requestId?: string })
        const code = status < 300 ? null : (body?.code ?? null)
        const outcome = status < 300 ? 'ok' : status < 500 || answers.has(code ?? '') ? 'refused' : 'unknown'
        record(status, code, outcome, outcome === 'unknown' ? body?.requestId : undefined)
        return { outcome, status, code, body: outcome === 'ok' ? body : null }
      } catch (error) {
        // Refused, reset, timed out: what a killed process answers.
        record(null, null, 'unknown', `${String(error)} ${error instanceof Error ? String(error.cause) : ''}`)
        return { outcome: 'unknown', status: null, code: null, body: null }
      }
    },
    settled(operation, outcome) {
      const result = results.get(operation) ?? { ok: 0, refused: 0, unknown: 0 }
      result[outcome] += 1
      results.set(operation, result)
    },
    fault(name, excuses) {
      const fault = { name, excuses, fromMs: Date.now(), toMs: Infinity }
      faults.push(fault)
      return () => void (fault.toMs = Date.now())
    },
    revoked: (credential) => void ends.set(credential, Date.now()),
    opened(credential, atMs) {
      const endMs = ends.get(credential)
      if (endMs !== undefined && atMs > endMs + revocationMs) wrongs.push(`a credential opened ${atMs - endMs} ms after it was revoked`)
    },
    wrong: (what) => void wrongs.push(what),
    told,
    faultsOf,
    count,
    unknownShare: () => calls.filter(({ outcome }) => outcome === 'unknown').length / calls.length,
    problems: () => [
      ...wrongs,
      ...calls.filter(({ code }) => code === 'RATE_LIMITED').map((call) => `limited far below any limit: ${JSON.stringify(call)}`),
      ...calls
        .filter((call) => call.outcome === 'unknown' && !isExcused(call))
        .map((call) => `failed while nothing was wrong that explains it: ${JSON.stringify(call)} ${during(call)}`),
    ],
    timeline: () =>
      faults
        .slice(-30)
        .map(({ name, fromMs, toMs }) => `  ${isoTime(fromMs)}–${isoTime(toMs)} ${name}`)
        .join('\n'),
    summary() {
      const answered = (outcome: Outcome) => calls.filter((call) => call.outcome === outcome).length
      const operations = [...results].map(([name, { ok, refused, unknown }]) => `${name} ${ok}/${refused}/${unknown}`)
      const names = [...new Set(faults.map(({ name }) => name))].map((name) => `${name} ${faultsOf(name)}`)
      return [
        `${calls.length} calls: ${answered('ok')} ok, ${answered('refused')} refused, ${answered('unknown')} unknown.`,
        `Unknown: ${reasons('unknown')}.`,
        `Refused: ${reasons('refused')}.`,
        `Operations (ok/refused/unknown): ${operations.sort().join(', ')}.`,
        `Faults: ${names.sort().join(', ')}.`,
      ].join('\n')
    },
  }

  function reasons(of: Outcome): string {
    const groups = Map.groupBy(
      calls.filter(({ outcome }) => outcome === of),
      ({ code, why }) => code ?? why?.replace(/:\d+/g, '').slice(0, 80) ?? '?',
    )
    return [...groups].map(([why, all]) => `${why} ${all.length}`).join(', ') || 'none'
  }

  function isoTime(ms: number): string {
    return ms === Infinity ? 'still' : new Date(ms).toISOString().slice(11, 23)
  }

  function during({ fromMs, toMs }: Call): string {
    const about = faults.filter((fault) => toMs >= fault.fromMs - 1_000 && fromMs <= fault.toMs + recoveryMs)
    return `(around it: ${about.map((fault) => `${fault.name} ${isoTime(fault.fromMs)}–${isoTime(fault.toMs)}`).join(', ') || 'no fault'})`
  }
}
