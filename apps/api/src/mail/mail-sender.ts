import type { Deps } from '../deps.ts'
import { sendDueMails } from './send-due-mails.ts'
import { createSmtp } from './smtp.ts'

export type MailSender = { close(): Promise<void> }

const pollMs = 5_000

/** Send what is in the outbox: woken by whoever writes to it, and by the clock for what has to be tried again. */
export function startMailSender(deps: Deps): MailSender {
  const { SMTP_URL, MAIL_FROM, NODE_ENV } = deps.env
  if (SMTP_URL === undefined) {
    if (NODE_ENV === 'production') deps.log.warn('SMTP_URL is not set: mails stay in the outbox and are never sent')
    return { close: async () => {} }
  }
  const smtp = createSmtp(SMTP_URL, MAIL_FROM)
  let isClosed = false
  let isWoken = false
  let running: Promise<void> | undefined

  async function sendAll(): Promise<void> {
    do {
      isWoken = false
      while (!isClosed && (await sendDueMails(deps, smtp)) > 0);
    } while (isWoken && !isClosed)
  }

  function wake(): void {
    isWoken = true
    if (isClosed || running) return
    running = sendAll()
      .catch((err: unknown) => deps.log.warn({ err }, 'cannot read the outbox'))
      .finally(() => (running = undefined))
  }

  deps.notifications.on('cvault_mail', wake)
  deps.notifications.onResync(wake)
  const polls = setInterval(wake, pollMs)
  wake()
  return {
    /** Ends after the attempts under way: each is bounded, and what was sent is recorded as sent. */
    async close() {
      isClosed = true
      clearInterval(polls)
      await running
    },
  }
}
