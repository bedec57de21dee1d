import { EventEmitter } from 'node:events'
import type { FastifyBaseLogger } from 'fastify'
import { Client } from 'pg'

/** What replicas tell each other through PostgreSQL. A lost one costs a period, never correctness. */
export type Channel =
  /** A server id: rows of its peers changed. With ` look` after it: read everything again. Sent by triggers. */
  | 'cvault_lane'
  /** `peerId:generation,…`: seen on the server. */
  | 'cvault_applied'
  /** `tenant:<id>` or `session:<id>`: forget what you cached of it. */
  | 'cvault_credentials'
  /** A mail waits to be sent. */
  | 'cvault_mail'

const channels: Channel[] = ['cvault_lane', 'cvault_applied', 'cvault_credentials', 'cvault_mail']

export type Notifications = {
  on(channel: Channel, handler: (payload: string) => void): void
  /** Called after every (re)connect: whatever was said meanwhile is lost. */
  onResync(handler: () => void): void
  isConnected(): boolean
  close(): Promise<void>
}

/** Listen on a connection of our own, made again with back-off whenever it breaks. */
export async function openNotifications(databaseUrl: string, log: FastifyBaseLogger): Promise<Notifications> {
  const emitter = new EventEmitter().setMaxListeners(0)
  let client: Client | undefined
  let closed = false
  let retry: NodeJS.Timeout | undefined

  async function connect(): Promise<void> {
    const next = new Client({
      connectionString: databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 3_000,
      application_name: 'cvault-listen',
    })
    next.on('notification', ({ channel, payload }) => emitter.emit(channel, payload ?? ''))
    next.on('error', (error) => log.warn({ err: error }, 'notification connection failed'))
    next.on('end', () => {
      if (client === next) client = undefined
      reconnectSoon()
    })
    await next.connect()
    if (closed) return void (await next.end())
    await next.query(channels.map((channel) => `LISTEN ${channel}`).join('; '))
    client = next
    emitter.emit('resync')
  }

  function reconnectSoon(): void {
    if (closed || retry) return
    retry = setTimeout(
      () => {
        retry = undefined
        connect().catch((error: unknown) => {
          log.warn({ err: error }, 'cannot listen for notifications yet')
          reconnectSoon()
        })
      },
      500 + Math.random() * 500,
    )
  }

  await connect()
  return {
    on: (channel, handler) => void emitter.on(channel, handler),
    onResync: (handler) => void emitter.on('resync', handler),
    isConnected: () => client !== undefined,
    async close() {
      closed = true
      clearTimeout(retry)
      await client?.end()
    },
  }
}
