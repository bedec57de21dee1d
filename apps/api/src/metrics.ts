import type { Pool } from 'pg'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Passwords } from './crypto/passwords.ts'

export type Metrics = ReturnType<typeof createMetrics>

/** Every metric of the process. Labels are bounded: never an id, a name or anything a tenant can choose. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'cvault_' })
  const registers = [registry]

  return {
    registry,
    requests: new Histogram({
      name: 'cvault_http_request_duration_seconds',
      help: 'Time from the first byte of a request to its answer, by route template',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    authFailures: new Counter({
      name: 'cvault_auth_failures_total',
      help: 'Refused credentials, by error code',
      labelNames: ['code'],
      registers,
    }),
    rateLimited: new Counter({
      name: 'cvault_rate_limited_total',
      help: 'Requests refused by a rate limit',
      labelNames: ['limit'],
      registers,
    }),
    idempotentReplays: new Counter({
      name: 'cvault_idempotent_replays_total',
      help: 'Answers given again to a retried request',
      registers,
    }),
    mails: new Counter({
      name: 'cvault_mails_total',
      help: 'Attempts to send a mail, by how they ended',
      labelNames: ['result'],
      registers,
    }),
    laneRounds: new Counter({
      name: 'cvault_lane_rounds_total',
      help: 'Exchanges of a lane with its VPN server',
      labelNames: ['kind', 'result'],
      registers,
    }),
    laneRoundSeconds: new Histogram({
      name: 'cvault_lane_round_duration_seconds',
      help: 'Time of an exchange with a VPN server',
      labelNames: ['kind'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers,
    }),
    lanesHeld: new Gauge({ name: 'cvault_lanes_held', help: 'Lanes this process works for', registers }),
    peersApplied: new Counter({
      name: 'cvault_peers_applied_total',
      help: 'Peer changes seen on their server',
      labelNames: ['change'],
      registers,
    }),
    peersRepaired: new Counter({
      name: 'cvault_peers_repaired_total',
      help: 'Differences a compare found and repaired',
      labelNames: ['kind'],
      registers,
    }),
    driftSeconds: new Histogram({
      name: 'cvault_drift_repair_seconds',
      help: 'From when a look found a difference on a server to when it was put right',
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 3_600],
      registers,
    }),
    openFailures: new Counter({ name: 'cvault_decrypt_failures_total', help: 'Sealed values that did not open', registers }),
    peersQuarantined: new Counter({ name: 'cvault_peers_quarantined_total', help: 'Peer rows no server would take', registers }),
    isolationRounds: new Counter({
      name: 'cvault_isolation_rounds_total',
      help: 'Packet rules loaded, found changed by somebody and repaired, or not to be had on a server (at every look)',
      labelNames: ['result'],
      registers,
    }),
    guardsTripped: new Counter({
      name: 'cvault_lane_guards_tripped_total',
      help: 'Passes stopped because they would remove too many peers',
      registers,
    }),
    meteredBytes: new Counter({ name: 'cvault_metered_bytes_total', help: 'Bytes metered', labelNames: ['direction'], registers }),
  }
}

/** Gauges that read what others hold, when they are scraped. */
export function observeProcess({ registry }: Metrics, pool: Pool, passwords: Passwords): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  gauge('cvault_db_pool_connections', 'Open database connections', () => pool.totalCount)
  gauge('cvault_db_pool_idle', 'Database connections nobody uses now', () => pool.idleCount)
  gauge('cvault_db_pool_waiting', 'Callers waiting for a database connection', () => pool.waitingCount)
  gauge('cvault_password_hash_waiting', 'Logins waiting for their turn to derive a key', () => passwords.stats().waiting)
  new Counter({
    name: 'cvault_password_hash_total',
    help: 'Password key derivations',
    registers,
    collect() {
      this.reset()
      this.inc(passwords.stats().total)
    },
  })
}
