import type { StartTotp, TotpStarted } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { ownMemberByPassword } from './own-member.ts'
import { newTotpSecret, otpauthUrl, sealTotpSecret } from './totp.ts'

/** A secret for an authenticator. It counts once a code of it is confirmed. */
export async function startTotp(ctx: MemberCtx, { password }: StartTotp): Promise<TotpStarted> {
  const member = await ownMemberByPassword(ctx, password, 'member.totp_start')
  const { id, tenantId } = member
  const secret = newTotpSecret()
  const totpSecretEncrypted = await sealTotpSecret(ctx, member, secret)
  return inTx(ctx, async (ctx) => {
    const { count } = await ctx.db.member.updateMany({ where: { tenantId, id, totpEnabledAt: null }, data: { totpSecretEncrypted } })
    if (count === 0) throw new AppError('CONFLICT', 'The account has a second factor already. Remove it before you set up another.')
    await audit(ctx, { action: 'member.totp_start', target: { type: 'member', id } })
    await emitEvent(ctx, 'member.totp_started', { memberId: id })
    return { secret, otpauthUrl: otpauthUrl(member.email, secret) }
  })
}
