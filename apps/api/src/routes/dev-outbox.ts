import { isIP } from 'node:net'
import { IdParams } from '@cvault/schema/common'
import type { FastifyReply } from 'fastify'
import type { App } from '../app.ts'
import type { Deps } from '../deps.ts'
import type { Env } from '../env.ts'
import { notFound } from '../errors.ts'
import type { OutboxMail } from '../mail/outbox-page.ts'
import { framedHtml, mailPage, outboxPage, outboxPolicies, readOutbox } from '../mail/outbox-page.ts'

/** Where developers read mails that nobody sends. It shows links that open accounts, so nothing but development has it. */
export const hasDevOutbox = ({ NODE_ENV, SMTP_URL }: Env): boolean => NODE_ENV === 'development' && SMTP_URL === undefined

export async function devOutbox(app: App, { deps }: { deps: Deps }): Promise<void> {
  const config = { access: 'public', rateLimit: false } as const
  const html = (reply: FastifyReply, policy: string, text: string) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', policy).header('cache-control', 'no-store').send(text)
  // A page elsewhere may have its own name resolve to this machine (DNS rebinding) and would read the links.
  // The header itself: a browser on this machine is a proxy to be trusted, and such a page may name any X-Forwarded-Host.
  app.addHook('onRequest', async ({ headers }) => {
    const hostname = URL.parse(`http://${headers.host}`)?.hostname ?? ''
    if (hostname !== 'localhost' && isIP(hostname.replaceAll(/[[\]]/g, '')) === 0) throw notFound('page under this name')
  })
  const find = async (id: string): Promise<OutboxMail> => {
    const [mail] = await readOutbox(deps, id)
    if (!mail) throw notFound('mail')
    return mail
  }

  app.get('/dev/outbox', { config, schema: { hide: true } }, async (_request, reply) =>
    html(reply, outboxPolicies.page, outboxPage(await readOutbox(deps))),
  )
  app.get('/dev/outbox.json', { config, schema: { hide: true } }, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ mails: await readOutbox(deps) }),
  )
  app.get('/dev/outbox/:id', { config, schema: { hide: true, params: IdParams } }, async (request, reply) =>
    html(reply, outboxPolicies.page, mailPage(await find(request.params.id))),
  )
  app.get('/dev/outbox/:id/html', { config, schema: { hide: true, params: IdParams } }, async (request, reply) =>
    html(reply.header('x-frame-options', 'SAMEORIGIN'), outboxPolicies.mail, framedHtml(await find(request.params.id))),
  )
}
