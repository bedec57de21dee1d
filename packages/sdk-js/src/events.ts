import type { CVaultError } from './errors.ts'
import type { AuthUser, VpnStatus } from './types.ts'

/** One attempt at one HTTP call, for a log. Never holds a credential, a header or a body. */
export interface RequestEvent {
  method: string
  /** Without origin and query, e.g. `/api/v1/devices`. */
  path: string
  /** 1 for the first attempt. */
  attempt: number
  /** HTTP status, or null when there was no answer. */
  status: number | null
  /** The error's code, or null on success. */
  code: string | null
  requestId: string | null
  /** Milliseconds since 1970, local clock. */
  startedAt: number
  durationMs: number
  /** Milliseconds until the next attempt, or null when this was the last. */
  retryInMs: number | null
}

/** Each event's name, and what its listeners are given. */
export interface CVaultEvents {
  /** A VPN session opened: by `vpn.connect`, or seen by `vpn.watch`. Once a session. */
  connected: { sessionId: string; deviceId: string; serverRegion: string; connectedAt: string }
  /** A VPN session that was known as open has ended: by `vpn.disconnect`, or seen by `vpn.watch`. Once a session. */
  disconnected: { sessionId: string; deviceId: string | null; disconnectedAt: string }
  /** Each status that `vpn.watch` saw. */
  status: VpnStatus
  /** A call failed for good, or a poll of `vpn.watch` did. The call's promise rejects all the same. */
  error: CVaultError
  /** Somebody signed in: here, by `getSession`, or in another tab. Not told when a session is renewed. */
  signedIn: AuthUser
  /** `logout`: asked for here. `expired`: the API refused to renew the session. `elsewhere`: another tab or process signed out. */
  signedOut: { reason: 'logout' | 'expired' | 'elsewhere' }
  /** Each attempt at an HTTP call. */
  request: RequestEvent
}

export type Listener<T> = (event: T) => void

export interface Subscriptions {
  /** Listen to an event. Answers a function that ends it. */
  on<Name extends keyof CVaultEvents>(name: Name, listener: Listener<CVaultEvents[Name]>): () => void
  /** End what `on` or `once` began with the same listener. */
  off<Name extends keyof CVaultEvents>(name: Name, listener: Listener<CVaultEvents[Name]>): void
  /** Listen to an event's next time only. Answers a function that ends it sooner. */
  once<Name extends keyof CVaultEvents>(name: Name, listener: Listener<CVaultEvents[Name]>): () => void
}

export interface Emitter extends Subscriptions {
  emit<Name extends keyof CVaultEvents>(name: Name, event: CVaultEvents[Name]): void
}

/** A listener's own fault is the listener's: it is thrown where the runtime reports uncaught errors, and no call fails of it. */
export function createEmitter(): Emitter {
  const listeners = new Map<string, Map<Listener<never>, 'always' | 'once'>>()
  const add = <Event>(name: string, listener: Listener<Event>, how: 'always' | 'once'): (() => void) => {
    const of = listeners.get(name) ?? new Map<Listener<never>, 'always' | 'once'>()
    listeners.set(name, of.set(listener, how))
    return () => void of.delete(listener)
  }
  return {
    on: (name, listener) => add(name, listener, 'always'),
    once: (name, listener) => add(name, listener, 'once'),
    off: (name, listener) => void listeners.get(name)?.delete(listener),
    emit(name, event) {
      const of = listeners.get(name)
      for (const [listener, how] of [...(of ?? [])] as [Listener<typeof event>, string][]) {
        if (how === 'once') of?.delete(listener)
        try {
          listener(event)
        } catch (error) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}
