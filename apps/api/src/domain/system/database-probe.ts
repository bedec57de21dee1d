import type { Pool, QueryConfig } from 'pg'

export type DatabaseState = { isUp: boolean; latencyMs: number | null }
export type DatabaseProbe = () => Promise<DatabaseState>

const answerWithinMs = 1_000
const believedForMs = 1_000

/** Whether the database answers within a second. One question at a time, its answer believed for a second. */
export function createDatabaseProbe(pool: Pool): DatabaseProbe {
  let known: { state: DatabaseState; at: number } | undefined
  let asking: Promise<DatabaseState> | undefined

  return async () => {
    if (known && performance.now() - known.at < believedForMs) return known.state
    asking ??= Promise.race([ask(pool), late()]).finally(() => (asking = undefined))
    const state = await asking
    known = { state, at: performance.now() }
    return state
  }
}

// A connection that does not answer in time is thrown away, so that asking again and again leaks none.
const question: QueryConfig & { query_timeout: number } = { text: 'SELECT 1', query_timeout: answerWithinMs }

async function ask(pool: Pool): Promise<DatabaseState> {
  const since = performance.now()
  try {
    await pool.query(question)
    return { isUp: true, latencyMs: Math.round((performance.now() - since) * 10) / 10 }
  } catch {
    return { isUp: false, latencyMs: null }
  }
}

const late = (): Promise<DatabaseState> =>
  new Promise((resolve) => void setTimeout(() => resolve({ isUp: false, latencyMs: null }), answerWithinMs).unref())
