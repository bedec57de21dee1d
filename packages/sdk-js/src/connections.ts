import type { Emitter } from './events.ts'
import type { VpnStatus } from './types.ts'

/** Which sessions are open, as far as this client knows: `connected` and `disconnected` are told once a session, whoever saw it first. */
export interface Connections {
  opened(session: { sessionId: string; deviceId: string; serverRegion: string; connectedAt: string }): void
  ended(sessionId: string, disconnectedAt: string): void
  /** Take the time before asking for a status, and give it along with the answer: what happened meanwhile is not in it. */
  now(): number
  seen(status: VpnStatus, askedAt: number): void
  clear(): void
}

/** So many ended sessions are remembered: an answer under way cannot be older than the last few. */
const mostRemembered = 1_000

export function createConnections(emitter: Emitter): Connections {
  let clock = 0
  const open = new Map<string, { deviceId: string; since: number }>()
  const over = new Set<string>()

  const connections: Connections = {
    opened(session) {
      if (open.has(session.sessionId) || over.has(session.sessionId)) return
      open.set(session.sessionId, { deviceId: session.deviceId, since: ++clock })
      emitter.emit('connected', session)
    },
    ended(sessionId, disconnectedAt) {
      if (over.has(sessionId)) return
      over.add(sessionId)
      for (const oldest of over)
        if (over.size > mostRemembered) over.delete(oldest)
        else break
      const deviceId = open.get(sessionId)?.deviceId ?? null
      open.delete(sessionId)
      emitter.emit('disconnected', { sessionId, deviceId, disconnectedAt })
    },
    now: () => clock,
    seen({ sessions, timestamp }, askedAt) {
      for (const { id, device, server, connectedAt } of sessions)
        connections.opened({ sessionId: id, deviceId: device.id, serverRegion: server.region, connectedAt })
      const ids = new Set(sessions.map(({ id }) => id))
      for (const [id, { since }] of open) if (since <= askedAt && !ids.has(id)) connections.ended(id, timestamp)
    },
    clear() {
      open.clear()
      over.clear()
    },
  }
  return connections
}
