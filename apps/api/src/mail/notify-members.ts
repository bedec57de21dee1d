import { z } from 'zod'
import type { BaseCtx } from '../context.ts'
import type { MemberRole } from '../generated/prisma/client.ts'
import { queueMail } from './queue-mail.ts'
import type { MailData } from './templates.ts'

const wantsAll = { limitWarnings: true, securityAlerts: true }

/** Which mails an account wants. Read leniently: whoever said nothing wants them. */
export const Notifications = z.object({ limitWarnings: z.boolean().catch(true), securityAlerts: z.boolean().catch(true) }).catch(wantsAll)

const audience: Record<keyof typeof wantsAll, MemberRole[]> = { limitWarnings: ['owner', 'admin'], securityAlerts: ['owner'] }

/** More of them than run a business are told by those who are. */
const mostRecipients = 20

/** Who is told: active members with an address of their own, if the account wants that kind of mail. */
async function recipientsOf({ db }: BaseCtx, tenantId: string, kind: keyof typeof wantsAll): Promise<string[]> {
  const { notificationConfig } = await db.tenant.findUniqueOrThrow({ where: { id: tenantId }, select: { notificationConfig: true } })
  if (!Notifications.parse(notificationConfig)[kind]) return []
  const members = await db.member.findMany({
    where: { tenantId, role: { in: audience[kind] }, status: 'active', emailVerifiedAt: { not: null } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: mostRecipients,
    select: { email: true },
  })
  return members.map(({ email }) => email)
}

/** In the transaction that noticed it. */
export async function warnOfLimit(ctx: BaseCtx, tenantId: string, data: MailData['limit-warning']): Promise<void> {
  for (const to of await recipientsOf(ctx, tenantId, 'limitWarnings'))
    await queueMail(ctx, { tenantId, to, template: 'limit-warning', data })
}

/** Tell the owners, in the transaction of the change and before it: who is removed or demoted hears of it too. */
export async function alertOwners(ctx: BaseCtx, tenantId: string, what: string, name: string): Promise<void> {
  const recipients = await recipientsOf(ctx, tenantId, 'securityAlerts')
  if (recipients.length === 0) return
  const isOperator = ctx.actor.type === 'operator'
  const by = isOperator ? 'the operator of the platform' : await actorName(ctx, tenantId)
  const data = { what, name, by, ip: isOperator ? null : ctx.ip, at: ctx.now() }
  for (const to of recipients) await queueMail(ctx, { tenantId, to, template: 'security-alert', data })
}

async function actorName({ db, actor }: BaseCtx, tenantId: string): Promise<string> {
  if (actor.type !== 'member' || actor.id === null) return actor.type
  const member = await db.member.findUnique({ where: { tenantId_id: { tenantId, id: actor.id } }, select: { email: true } })
  return member?.email ?? 'a new member'
}
