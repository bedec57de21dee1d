import type { ConfirmTotp, RecoveryCodes } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { ownMember } from './own-member.ts'
import { replaceRecoveryCodes } from './recovery-codes.ts'
import { invalidCode } from './second-factor.ts'
import { refusedMember } from './shared.ts'
import { matchTotp, openTotpSecret } from './totp.ts'

/** The authenticator shows the right codes: from now on logins ask for one. */
export async function confirmTotp(ctx: MemberCtx, { code }: ConfirmTotp): Promise<RecoveryCodes> {
  const member = await ownMember(ctx)
  const { id, tenantId, totpSecretEncrypted } = member
  if (!totpSecretEncrypted || member.totpEnabledAt) throw nothingToConfirm()
  const step = matchTotp(await openTotpSecret(ctx, member), code, ctx.now())
  if (step === null) throw await refusedMember(ctx, { action: 'member.totp_confirm', member }, 'wrong_code', invalidCode())
  return inTx(ctx, async (ctx) => {
    const { count } = await ctx.db.member.updateMany({
      where: { tenantId, id, totpEnabledAt: null, totpSecretEncrypted },
      data: { totpEnabledAt: ctx.now(), totpLastStep: step },
    })
    if (count === 0) throw nothingToConfirm()
    const recoveryCodes = await replaceRecoveryCodes(ctx, id)
    await queueMail(ctx, { tenantId, to: member.email, template: 'totp-changed', data: { enabled: true } })
    await audit(ctx, { action: 'member.totp_confirm', target: { type: 'member', id } })
    await emitEvent(ctx, 'member.totp_enabled', { memberId: id })
    return { recoveryCodes }
  })
}

const nothingToConfirm = (): AppError => new AppError('CONFLICT', 'There is no second factor to confirm. Start setting one up again.')
