import { createTransport } from 'nodemailer'
import type { MailBody } from './mail-body.ts'

export type OutgoingMail = MailBody & { id: string; recipient: string; subject: string }

/** `refused`: the server will never take this mail. `error` is a code, never text of the server's. */
export type SendResult = { outcome: 'sent' } | { outcome: 'refused' | 'retry'; error: string }

export type Smtp = { send(mail: OutgoingMail, signal: AbortSignal): Promise<SendResult> }

/** Hand mails to the server SMTP_URL names. A password goes over TLS only, unless the server is this machine. */
export function createSmtp(smtpUrl: string, from: string): Smtp {
  const { hostname, username } = new URL(smtpUrl)
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
  const transport = createTransport({
    url: smtpUrl,
    requireTLS: username !== '' && !isHere,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = /@([^\s<>@]+)>?$/.exec(from)?.[1] ?? 'localhost'

  return {
    async send({ id, recipient, subject, text, html, replyTo }, signal) {
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: recipient },
          ...(replyTo === null ? {} : { replyTo: { name: '', address: replyTo } }),
          subject,
          text,
          html,
          // The same at every attempt: a mail that arrives twice is known as one.
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal,
        })
        return { outcome: 'sent' }
      } catch (error) {
        return resultOf(error)
      }
    },
  }
}

function resultOf(error: unknown): SendResult {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  const name = typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'UNKNOWN'
  const status = typeof responseCode === 'number' ? responseCode : null
  // A refused login is ours to repair, and the mail can go then; a refused address or text stays refused.
  const isRefused = status !== null && status >= 500 && (name === 'EENVELOPE' || name === 'EMESSAGE')
  return { outcome: isRefused ? 'refused' : 'retry', error: status === null ? name : `${name} ${status}` }
}
