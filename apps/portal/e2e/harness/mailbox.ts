import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { vi } from 'vitest'

/** A mail server that keeps what it took: every address has its box here. */
export type Mailbox = {
  /** What SMTP_URL has to say. */
  url: string
  /** The newest link to that page of the portal that was mailed to the address; waits for the mail. */
  link(to: string, page: 'verify' | 'reset' | 'invite'): Promise<string>
  stop(): Promise<void>
}

export async function startMailbox(): Promise<Mailbox> {
  const mails: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push(unfolded(Buffer.concat(chunks).toString()))
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const newestLink = (to: string, page: string) => {
    const links = mails.filter((mail) => mail.includes(`\r\nTo: ${to}\r\n`)).flatMap((mail) => [...mail.matchAll(linkTo(page))])
    const link = links.at(-1)?.[0]
    if (link === undefined) throw new Error(`no mail with a link to /${page} came for ${to}`)
    return link
  }
  return {
    url: `smtp://127.0.0.1:${port}`,
    link: (to, page) => vi.waitFor(() => newestLink(to, page), { timeout: 20_000, interval: 100 }),
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const linkTo = (page: string): RegExp => new RegExp(`http://[^/\\s"<>]+/${page}\\?token=\\w+`, 'g')

/** Quoted-printable breaks lines, and writes `=` as `=3D`. */
const unfolded = (mail: string): string => mail.replaceAll('=\r\n', '').replaceAll('=3D', '=')
