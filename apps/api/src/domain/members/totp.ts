import { generateSecret, generateURI, verifySync } from 'otplib'
import type { BaseCtx } from '../../context.ts'
import type { Member } from '../../generated/prisma/client.ts'

const periodSeconds = 30

export const newTotpSecret = (): string => generateSecret()

export const otpauthUrl = (email: string, secret: string): string => generateURI({ issuer: 'CVault', label: email, secret })

/** The 30 s step (RFC 6238) the code is of: this one or a neighbour, as clocks differ. Null: of none. */
export function matchTotp(secret: string, code: string, now: Date): bigint | null {
  const epoch = Math.floor(now.getTime() / 1_000)
  const result = verifySync({ secret, token: code, epoch, epochTolerance: periodSeconds })
  return result.valid ? BigInt(Math.floor(epoch / periodSeconds) + result.delta) : null
}

const placeOf = ({ id, tenantId }: Pick<Member, 'id' | 'tenantId'>) => ({
  tenantId,
  table: 'members',
  rowId: id,
  column: 'totp_secret_encrypted',
})

export const sealTotpSecret = (
  ctx: Pick<BaseCtx, 'deps'>,
  member: Pick<Member, 'id' | 'tenantId'>,
  secret: string,
): Promise<Buffer<ArrayBuffer>> => ctx.deps.keyring.seal(placeOf(member), secret)

export async function openTotpSecret(ctx: BaseCtx, member: Member): Promise<string> {
  if (!member.totpSecretEncrypted) throw new Error('The member has no TOTP secret')
  return ctx.deps.keyring.open(placeOf(member), member.totpSecretEncrypted)
}
