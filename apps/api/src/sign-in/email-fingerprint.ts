import type { BaseCtx } from '../context.ts'
import { deriveKey, hmacSha256 } from '../secrets.ts'

/**
 * What tells in the audit log that an unknown e-mail came again. Not the text: people type passwords and other people's
 * addresses there. Keyed, so that guessing addresses does not undo it.
 */
export const emailFingerprint = (ctx: BaseCtx, email: string): string =>
  hmacSha256(deriveKey(ctx.deps.env.PASSWORD_PEPPER, 'cvault audit e-mail'), email).toString('hex').slice(0, 16)
