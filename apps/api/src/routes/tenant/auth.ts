import {
  AskForMail,
  EmailVerified,
  FinishLogin,
  LoginMember,
  LoginResult,
  MemberTokens,
  RefreshMember,
  ResetPassword,
  SignedUp,
  SignUp,
  VerifyEmail,
} from '@cvault/schema/member-auth'
import { AcceptInvitation, InvitationPreview, PreviewInvitation } from '@cvault/schema/members'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { acceptInvitation } from '../../domain/invitations/accept.ts'
import { previewInvitation } from '../../domain/invitations/read.ts'
import { logoutMember } from '../../domain/members/end-session.ts'
import { finishLogin } from '../../domain/members/finish-login.ts'
import { forgotPassword } from '../../domain/members/forgot-password.ts'
import { loginMember } from '../../domain/members/login.ts'
import { refreshMember } from '../../domain/members/refresh.ts'
import { resendVerification } from '../../domain/members/resend-verification.ts'
import { resetPassword } from '../../domain/members/reset-password.ts'
import { signUp } from '../../domain/members/signup.ts'
import { verifyEmail } from '../../domain/members/verify-email.ts'
import { memberCtx, publicCtx } from '../../plugins/auth.ts'
import { noStore } from '../no-store.ts'

const config = { access: 'public' } as const
const tags = ['Portal: account']

export const tenantAuth: FastifyPluginAsyncZod = async (app) => {
  app.addHook('onRequest', noStore)

  app.post(
    '/signup',
    { config, schema: { tags, summary: 'Open an account: tenant, owner and first API key', body: SignUp, response: { 201: SignedUp } } },
    async (request, reply) => reply.code(201).send(await signUp(publicCtx(request), request.body)),
  )

  app.post(
    '/login',
    { config, schema: { tags, summary: 'Sign a member in', body: LoginMember, response: { 200: LoginResult } } },
    async (request) => loginMember(publicCtx(request), request.body),
  )

  app.post(
    '/login/totp',
    { config, schema: { tags, summary: 'Finish a login with a second factor', body: FinishLogin, response: { 200: MemberTokens } } },
    async (request) => finishLogin(publicCtx(request), request.body),
  )

  app.post(
    '/refresh',
    { config, schema: { tags, summary: 'Exchange a refresh token for new tokens', body: RefreshMember, response: { 200: MemberTokens } } },
    async (request) => refreshMember(publicCtx(request), request.body),
  )

  app.post(
    '/logout',
    { config: { access: 'member' }, schema: { tags, summary: 'End this login on all its tokens', response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await logoutMember(memberCtx(request))),
  )

  app.post(
    '/verify-email',
    { config, schema: { tags, summary: 'Verify an e-mail by its link', body: VerifyEmail, response: { 200: EmailVerified } } },
    async (request) => verifyEmail(publicCtx(request), request.body),
  )

  app.post(
    '/resend-verification',
    { config, schema: { tags, summary: 'Ask for the link that verifies an e-mail', body: AskForMail, response: { 202: z.null() } } },
    async (request, reply) => reply.code(202).send(resendVerification(publicCtx(request), request.body)),
  )

  app.post(
    '/forgot-password',
    { config, schema: { tags, summary: 'Ask for the link that resets a password', body: AskForMail, response: { 202: z.null() } } },
    async (request, reply) => reply.code(202).send(forgotPassword(publicCtx(request), request.body)),
  )

  app.post(
    '/reset-password',
    { config, schema: { tags, summary: 'Set a new password by a link', body: ResetPassword, response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await resetPassword(publicCtx(request), request.body)),
  )

  app.post(
    '/invitations/preview',
    { config, schema: { tags, summary: 'See what an invitation is for', body: PreviewInvitation, response: { 200: InvitationPreview } } },
    async (request) => previewInvitation(publicCtx(request), request.body),
  )

  app.post(
    '/invitations/accept',
    { config, schema: { tags, summary: 'Join an account by an invitation', body: AcceptInvitation, response: { 201: MemberTokens } } },
    async (request, reply) => reply.code(201).send(await acceptInvitation(publicCtx(request), request.body)),
  )
}
