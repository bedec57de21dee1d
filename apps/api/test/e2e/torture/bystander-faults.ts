import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisServer } from '../../redis-server.ts'
import { startRedis } from '../../redis-server.ts'
import type { Fault } from './faults.ts'
import { nothing } from './faults.ts'
import type { MailServer } from './mail-server.ts'
import type { Random } from './random.ts'

/** What may go away at any time, and nobody who calls the API notices. */
export type Bystanders = { redis: { server: RedisServer }; mail: MailServer }

/** Faults of Redis and of the mail server, whatever else is broken meanwhile. */
export function bystanderFaults({ redis, mail }: Bystanders, random: Random): Fault[] {
  const aWhile = (mostMs = 2_500) => sleep(200 + random.int(mostMs))
  const quiet = (name: string, strike: () => Promise<unknown>): Fault => ({
    name,
    excuses: nothing,
    strike: async () => {
      await strike()
      await aWhile()
    },
  })
  return [
    quiet('Redis hangs', async () => {
      redis.server.child.kill('SIGSTOP')
      await aWhile(6_000)
      redis.server.child.kill('SIGCONT')
    }),
    quiet('Redis killed', async () => {
      redis.server.child.kill('SIGKILL')
      await aWhile()
      redis.server = await startRedis(redis.server.port)
    }),
    quiet('Redis flushed', () => tell(redis.server, 'FLUSHALL')),
    quiet('Redis connections cut', () => tell(redis.server, 'CLIENT KILL TYPE normal')),
    quiet('mails cut', async () => {
      // Somewhere in its words, also after it has taken a mail and before that is known.
      await mail.line.set({ resetAfter: { direction: random.chance(0.8) ? 'down' : 'up', bytes: random.int(700), since: 'now' } })
      await aWhile(6_000)
      await mail.line.set({})
    }),
    quiet('mail server hangs', async () => {
      await mail.line.set({ blackhole: random.pick(['up', 'down', 'both'] as const) ?? 'both' })
      await aWhile()
      await mail.line.set({})
      mail.line.resetAll()
    }),
    ...(['busy', 'silent'] as const).map((mood) =>
      quiet(`mail server ${mood}`, async () => {
        mail.become(mood)
        await aWhile(6_000)
        mail.become('well')
      }),
    ),
  ]
}

/** As somebody with redis-cli would. */
async function tell({ port }: RedisServer, command: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  const closed = once(socket, 'close')
  socket.end(`${command}\r\n`).resume()
  await closed
}
