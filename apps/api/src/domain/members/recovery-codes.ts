import { randomInt } from 'node:crypto'
import type { BaseCtx, Ctx } from '../../context.ts'
import { newId } from '../../ids.ts'
import { deriveKey, hmacSha256 } from '../../secrets.ts'

const count = 10
const alphabet = '23456789abcdefghjkmnpqrstuvwxyz' // none that looks like another
const halfLength = 6 // two halves: 59 bits

/** Ten new codes in the place of the old ones, in the caller's transaction. Shown once, kept as keyed hashes. */
export async function replaceRecoveryCodes(ctx: Ctx, memberId: string): Promise<string[]> {
  const { tenantId } = ctx
  const codes = Array.from({ length: count }, newCode)
  await ctx.db.recoveryCode.deleteMany({ where: { tenantId, memberId } })
  await ctx.db.recoveryCode.createMany({
    data: codes.map((code) => ({ id: newId(), tenantId, memberId, codeHash: recoveryCodeHash(ctx, memberId, code) })),
  })
  return codes
}

/** However it was typed: capitals, blanks and dashes do not count. */
export const recoveryCodeHash = (ctx: BaseCtx, memberId: string, code: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    hmacSha256(
      deriveKey(ctx.deps.env.PASSWORD_PEPPER, 'cvault recovery code'),
      `${memberId} ${code.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`,
    ),
  )

const newCode = (): string => `${newHalf()}-${newHalf()}`
const newHalf = (): string => Array.from({ length: halfLength }, () => alphabet[randomInt(alphabet.length)] ?? '').join('')
