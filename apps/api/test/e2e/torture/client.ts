import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, History, Outcome } from './history.ts'
import type { Random } from './random.ts'

export type Request = {
  who: string
  operation: string
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  headers: Record<string, string>
  body?: object
  /** What opens the door, where it may be revoked. */
  credentials?: string[]
}

/** Send as a good client does: to whichever process answers, again after a pause with the same idempotency key, and in the end not at all. */
export type Send = <T>(request: Request) => Promise<Answer<T>>

/** Longer than anything takes while a process is stopped, or on a machine that is busy. */
const timeoutMs = 30_000
const mostTries = 8

export function createClient(urls: string[], history: History, random: Random): Send {
  // As a load balancer does: who just did not answer gets nothing for a while.
  const restUntilMs = new Map<string, number>()
  const choose = (): string => {
    const awake = urls.filter((url) => (restUntilMs.get(url) ?? 0) < Date.now())
    return random.pick(awake.length > 0 ? awake : urls) ?? ''
  }
  return async <T>({ who, operation, method, path, headers, body, credentials = [] }: Request): Promise<Answer<T>> => {
    const all = {
      ...headers,
      ...(body && { 'content-type': 'application/json' }),
      ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
    }
    // Some give up at once, and never learn what became of it.
    const tries = random.chance(0.15) ? 1 : mostTries
    let wasUnknown = false
    for (let attempt = 1; ; attempt++) {
      const url = choose()
      const fromMs = Date.now()
      const answer = await history.ask<T>({ who, operation, url }, () =>
        fetch(`${url}${path}`, { method, headers: all, body: body ? JSON.stringify(body) : null, signal: AbortSignal.timeout(timeoutMs) }),
      )
      if (answer.status === null) restUntilMs.set(url, Date.now() + 1_000)
      if (answer.outcome === 'ok') for (const credential of credentials) history.opened(credential, fromMs)
      const isOpen = answer.outcome === 'unknown' || answer.code === 'IDEMPOTENCY_IN_PROGRESS'
      if (!isOpen || attempt === tries) {
        const outcome = outcomeOf(answer, { isOpen, wasUnknown, method })
        history.settled(operation, outcome)
        return { ...answer, outcome }
      }
      wasUnknown = true
      await sleep(100 + random.int(Math.min(2_000, 150 * 2 ** attempt)))
    }
  }
}

type Asked = { isOpen: boolean; wasUnknown: boolean; method: string }

/**
 * A refusal of a later try says nothing of the first, unless an idempotency key ties them, which is looked at after who calls.
 * What is not there any more was removed.
 */
function outcomeOf({ outcome, status }: Answer<unknown>, { isOpen, wasUnknown, method }: Asked): Outcome {
  if (isOpen) return 'unknown'
  if (outcome === 'ok' || !wasUnknown) return outcome
  if (method === 'DELETE' && status === 404) return 'ok'
  return method === 'POST' && status !== 401 && status !== 403 ? 'refused' : 'unknown'
}
