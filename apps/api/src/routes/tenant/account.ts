import { Account, PortalSessionList, SessionsEnded, UpdateAccount } from '@cvault/schema/account'
import { IdParams, PageQuery } from '@cvault/schema/common'
import { BothFactors, ChangePassword, ConfirmTotp, RecoveryCodes, StartTotp, TotpStarted } from '@cvault/schema/member-auth'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { getAccount } from '../../domain/members/account.ts'
import { changePassword } from '../../domain/members/change-password.ts'
import { confirmTotp } from '../../domain/members/confirm-totp.ts'
import { endOtherSessions } from '../../domain/members/end-other-sessions.ts'
import { endOwnSession } from '../../domain/members/end-session.ts'
import { listOwnSessions } from '../../domain/members/read.ts'
import { regenerateRecoveryCodes } from '../../domain/members/regenerate-recovery-codes.ts'
import { removeTotp } from '../../domain/members/remove-totp.ts'
import { startTotp } from '../../domain/members/start-totp.ts'
import { updateAccount } from '../../domain/members/update-account.ts'
import { memberCtx } from '../../plugins/auth.ts'
import { noStore } from '../no-store.ts'

const config = { access: 'member' } as const
const tags = ['Portal: account']

/** A member about themselves. */
export const tenantAccount: FastifyPluginAsyncZod = async (app) => {
  app.addHook('onRequest', noStore)

  app.get(
    '',
    { config, schema: { tags, summary: 'Who is signed in, and what they may do', response: { 200: Account } } },
    async (request) => getAccount(memberCtx(request)),
  )

  app.patch(
    '',
    {
      // An e-mail that is asked for waits beside the one there is, and is what the next one would overwrite.
      config: { ...config, tagged: ['email', 'name', 'pendingEmail'] },
      schema: { tags, summary: 'Change your name or e-mail', body: UpdateAccount, response: { 200: Account } },
    },
    async (request) => updateAccount(memberCtx(request), request.body),
  )

  app.post(
    '/password',
    { config, schema: { tags, summary: 'Change your password', body: ChangePassword, response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await changePassword(memberCtx(request), request.body)),
  )

  app.post(
    '/totp',
    { config, schema: { tags, summary: 'Start setting up a second factor', body: StartTotp, response: { 200: TotpStarted } } },
    async (request) => startTotp(memberCtx(request), request.body),
  )

  app.post(
    '/totp/confirm',
    { config, schema: { tags, summary: 'Turn the second factor on', body: ConfirmTotp, response: { 200: RecoveryCodes } } },
    async (request) => confirmTotp(memberCtx(request), request.body),
  )

  app.delete(
    '/totp',
    { config, schema: { tags, summary: 'Turn the second factor off', body: BothFactors, response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await removeTotp(memberCtx(request), request.body)),
  )

  app.post(
    '/recovery-codes',
    { config, schema: { tags, summary: 'Replace your recovery codes', body: BothFactors, response: { 200: RecoveryCodes } } },
    async (request) => regenerateRecoveryCodes(memberCtx(request), request.body),
  )

  app.get(
    '/sessions',
    { config, schema: { tags, summary: 'List your logins that stand', querystring: PageQuery, response: { 200: PortalSessionList } } },
    async (request) => listOwnSessions(memberCtx(request), request.query),
  )

  app.post(
    '/sessions/end-others',
    { config, schema: { tags, summary: 'End your other logins', response: { 200: SessionsEnded } } },
    async (request) => endOtherSessions(memberCtx(request)),
  )

  app.delete(
    '/sessions/:id',
    { config, schema: { tags, summary: 'End one of your logins', params: IdParams, response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await endOwnSession(memberCtx(request), request.params.id)),
  )
}
