import type { SignedUp } from '@cvault/schema/member-auth'
import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import { openBody } from '../src/mail/mail-body.ts'
import { goodPassword, newEmail } from './auth-calls.ts'
import type { TestApp } from './build-test-app.ts'

type Call = { headers?: Record<string, string>; ip?: string }

/** The calls of /api/v1/tenant as the portal makes them, and the mails they leave. */
export function memberCalls({ app, deps }: Pick<TestApp, 'app' | 'deps'>) {
  const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object, { headers, ip }: Call = {}) =>
    app.inject({
      method,
      url: `/api/v1/tenant/${path}`,
      headers: headers ?? {},
      ...(payload ? { payload } : {}),
      ...(ip === undefined ? {} : { remoteAddress: ip }),
    })
  const post = (path: string, payload?: object, call?: Call): Promise<LightMyRequestResponse> => send('POST', path, payload, call)

  async function signedUp(email = newEmail()): Promise<SignedUp> {
    const response = await post('auth/signup', { businessName: 'Example Ltd', email, password: goodPassword })
    expect(response.statusCode, response.body).toBe(201)
    return response.json()
  }

  /** What was mailed to an address, oldest first. */
  async function mails(recipient: string): Promise<Array<{ template: string; text: string; html: string }>> {
    const rows = await deps.prisma.mail.findMany({ where: { recipient }, orderBy: { id: 'asc' } })
    return Promise.all(
      rows.map(async ({ id, tenantId, template, bodyEncrypted }) => {
        if (!bodyEncrypted) throw new Error('The mail has no body any more')
        return { template, ...(await openBody(deps.keyring, { id, tenantId, bodyEncrypted })) }
      }),
    )
  }

  /** The token of the newest link of that kind that was mailed. */
  async function linkToken(recipient: string, page: 'verify' | 'reset' | 'invite'): Promise<string> {
    const pattern = new RegExp(`/${page}\\?token=(cvl_\\w+)`)
    const tokens = (await mails(recipient)).flatMap(({ text }) => pattern.exec(text)?.[1] ?? [])
    const token = tokens.at(-1)
    if (token === undefined) throw new Error(`No mail with a link to /${page} was sent to ${recipient}`)
    return token
  }

  return {
    send,
    post,
    mails,
    linkToken,
    signedUp,
    bearer: (accessToken: string) => ({ headers: { authorization: `Bearer ${accessToken}` } }),
    login: (email: string, password = goodPassword, call?: Call) => post('auth/login', { email, password }, call),
    /** An owner who has verified their address. */
    async owner(email = newEmail()): Promise<SignedUp> {
      const signed = await signedUp(email)
      const verified = await post('auth/verify-email', { token: await linkToken(email, 'verify') })
      expect(verified.statusCode, verified.body).toBe(200)
      return signed
    },
  }
}
