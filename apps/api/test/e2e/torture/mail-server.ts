import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FaultProxy } from '@cvault/wg/testing/real/fault-proxy'
import { startFaultProxy } from '@cvault/wg/testing/real/fault-proxy'
import { SMTPServer } from 'smtp-server'

/** `busy`: it takes nothing now. `silent`: it takes a mail and is gone before it has said so. */
type Mood = 'well' | 'busy' | 'silent'

/** A mail server that remembers what it was given, has moods, and stands behind a line that can be broken. */
export type MailServer = {
  url: string
  line: FaultProxy
  /** Every mail it took, as often as it came. */
  received: Array<{ id: string; recipient: string }>
  become(mood: Mood): void
  stop(): Promise<void>
}

export async function startMailServer(): Promise<MailServer> {
  const received: MailServer['received'] = []
  let mood: Mood = 'well'
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    async onData(stream, { envelope }, done) {
      const mail = await text(stream).catch(() => null) // cut in the middle: not taken
      if (mail === null) return
      if (mood === 'busy') return done(Object.assign(new Error('later'), { responseCode: 451 }))
      const id = /^Message-ID: <([^@>]+)@/im.exec(mail)?.[1] ?? 'none'
      received.push(...envelope.rcptTo.map(({ address }) => ({ id, recipient: address })))
      if (mood === 'silent') return line.resetAll()
      done()
    },
  })
  server.on('error', () => {}) // of connections that are cut
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const line = await startFaultProxy({ targetHost: '127.0.0.1', targetPort: (server.server.address() as AddressInfo).port })
  return {
    url: `smtp://${line.host}:${line.port}`,
    line,
    received,
    become: (next) => void (mood = next),
    async stop() {
      await line.stop()
      await new Promise<void>((resolve) => server.close(resolve))
    },
  }
}
