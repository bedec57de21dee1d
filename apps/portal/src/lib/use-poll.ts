'use client'

import { useEffect, useEffectEvent, useState } from 'react'

/** `failing`: the last try had no answer, the next one may. `ended`: nobody is signed in any more. */
export type PollState = 'live' | 'failing' | 'ended'

// An unattended page must not keep its session alive for ever.
const restAfterMs = 15 * 60_000
const timeoutMs = 10_000

/** Ask a route of the portal again and again, while somebody can see the page and has touched it lately. */
export function usePoll<T>(path: string, everyMs: number, onAnswer: (answer: T) => void): PollState {
  const [state, setState] = useState<PollState>('live')
  const onData = useEffectEvent(onAnswer)

  useEffect(() => {
    const ending = new AbortController()
    let timer: number | undefined
    let lastTouchedAt = Date.now()
    let isAsking = false

    const ask = async () => {
      window.clearTimeout(timer)
      timer = undefined
      if (isAsking || document.hidden || Date.now() - lastTouchedAt > restAfterMs) return
      isAsking = true
      const outcome = await fetchJson<T>(path, ending.signal)
      isAsking = false
      if (ending.signal.aborted) return
      setState(outcome.state)
      if (outcome.state === 'ended') return ending.abort()
      if (outcome.state === 'live') onData(outcome.answer)
      timer = window.setTimeout(() => void ask(), everyMs)
    }
    const wake = () => {
      lastTouchedAt = Date.now()
      if (timer === undefined) void ask()
    }
    timer = window.setTimeout(() => void ask(), everyMs)
    const listen = { signal: ending.signal, passive: true }
    document.addEventListener('visibilitychange', wake, listen)
    for (const event of ['pointerdown', 'pointermove', 'keydown', 'scroll']) window.addEventListener(event, wake, listen)
    return () => {
      ending.abort()
      window.clearTimeout(timer)
    }
  }, [path, everyMs])

  return state
}

type Outcome<T> = { state: 'live'; answer: T } | { state: 'failing' | 'ended' }

async function fetchJson<T>(path: string, signal: AbortSignal): Promise<Outcome<T>> {
  try {
    const response = await fetch(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), redirect: 'manual' })
    // A redirect leads to the sign-in page.
    if (response.type === 'opaqueredirect') return { state: 'ended' }
    if (!response.ok) return { state: 'failing' }
    return { state: 'live', answer: (await response.json()) as T }
  } catch {
    return { state: 'failing' }
  }
}
