import type { SignedUp, SignUp } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { BaseCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { addressKey } from '../../address-key.ts'
import { emitEvent } from '../../events.ts'
import { newId } from '../../ids.ts'
import { portalUrl } from '../../mail/portal-url.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { requireAttempt } from '../../sign-in/attempt-limit.ts'
import { assertUncommonPassword } from '../../sign-in/common-passwords.ts'
import { insertTenant } from '../tenants/shared.ts'
import { issueLink, mayMail } from './links.ts'
import { ctxOf, findByEmail, openMemberSession, toMember, withTenant } from './shared.ts'

const trial = {
  status: 'trial',
  bandwidthLimitGb: null,
  periodStartDay: 1,
  userLimit: null,
  maxDevicesPerUser: 5,
  rateLimitPerMinute: 100,
} as const

/**
 * A business: its tenant, first API key, and owner, who is signed in at once. Whether the address is somebody's already changes
 * only which mail is sent: nobody owns an address before they verified it, so two accounts may hold it until then.
 */
export async function signUp(ctx: BaseCtx, { businessName, email, password, name }: SignUp): Promise<SignedUp> {
  assertUncommonPassword(password)
  const perHour = ctx.deps.env.SIGNUPS_PER_HOUR
  await requireAttempt(ctx, { scope: ['sign-up', addressKey(ctx.ip ?? '')], perHour }, 'Too many accounts were made from your address.')
  const passwordHash = await ctx.deps.passwords.hash(password, ctx.ip ?? '')
  const isMailed = await mayMail(ctx, email)
  const [id, tenantId] = [newId(), newId()]
  return inTx(ctxOf(ctx, { id, tenantId }), async (ctx) => {
    const { apiKey, apiSecret } = await insertTenant(ctx, tenantId, { name: businessName, ...trial, isUnconfirmed: true })
    const now = ctx.now()
    const member = await ctx.db.member.create({
      data: { id, tenantId, email, name: name ?? null, passwordHash, role: 'owner', lastLoginAt: now, createdAt: now },
      include: withTenant,
    })
    const holder = await findByEmail(ctx, email)
    const verifyUrl = await issueLink(ctx, member, 'verify_email', email)
    if (isMailed && holder)
      await queueMail(ctx, { tenantId, to: email, template: 'already-registered', data: { loginUrl: portalUrl(ctx, '/login') } })
    if (isMailed && !holder) await queueMail(ctx, { tenantId, to: email, template: 'welcome', data: { verifyUrl } })
    await audit(ctx, { action: 'member.sign_up', target: { type: 'member', id }, after: toMember(member) })
    await emitEvent(ctx, 'member.signed_up', { memberId: id })
    return { ...(await openMemberSession(ctx, member)), apiKey, apiSecret }
  })
}
