import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Pool, PoolClient } from 'pg'
import { Client } from 'pg'

const everyMs = 500
const patienceMs = 2_000

/**
 * A database that hangs, or a network that swallows, keeps connections open and answers nothing: whoever asked would wait for
 * ever, since only the database ends a statement that takes too long. A connection that does nothing else is asked twice a second;
 * when it gets no answer, those of the pool are closed, and whoever waits is told. New ones are tried as ever.
 */
export function watchPool(pool: Pool, databaseUrl: string, log: FastifyBaseLogger): void {
  const clients = new Set<PoolClient | Client>()
  pool.on('connect', (client) => void clients.add(client))
  pool.on('remove', (client) => void clients.delete(client))

  async function watch(): Promise<void> {
    const probe = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3_000, application_name: 'cvault-watch' })
    probe.on('error', () => {})
    try {
      await probe.connect()
      streamOf(probe).unref()
      while (!pool.ending && (await answers(probe))) await pause(everyMs)
      if (pool.ending) return
      log.warn({ connections: clients.size }, 'the database does not answer; closing connections')
      for (const client of clients) hangUp(client)
    } finally {
      hangUp(probe)
    }
  }

  async function run(): Promise<void> {
    // Nothing to watch before the first: who cannot connect is told so.
    while (!pool.ending) {
      if (clients.size > 0) await watch().catch(() => {})
      await pause(everyMs)
    }
  }
  void run()
}

const pause = (ms: number) => sleep(ms, false, { ref: false })

/** False when nothing came back. Rejects when the connection broke, which whoever uses one of the pool's is told too. */
async function answers(probe: Client): Promise<boolean> {
  const answered = probe.query('SELECT 1').then(() => true)
  answered.catch(() => {})
  if (await Promise.race([answered, pause(patienceMs)])) return true
  // Perhaps it was we who had no time: what has arrived meanwhile is read first.
  return Promise.race([answered, pause(patienceMs / 4)])
}

/** Close without a word: a goodbye would wait for an answer too. */
const hangUp = (client: PoolClient | Client): void => void streamOf(client).destroy()
const streamOf = (client: PoolClient | Client): Socket => (client as unknown as { connection: { stream: Socket } }).connection.stream
