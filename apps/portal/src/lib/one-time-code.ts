import { z } from 'zod'

// Authenticators show it in groups, and people type or copy it so.
const compact = (typed: string): string => typed.replaceAll(/[\s\p{Pd}]/gu, '')

/** The six digits of an authenticator, however they were grouped. */
export const TotpCode = z
  .string()
  .transform(compact)
  .pipe(z.string().regex(/^\d{6}$/, 'must be the six digits that your authenticator shows'))

/** A second factor as the API takes it: what is no code of an authenticator is meant as a recovery code. */
export const SecondFactor = z
  .string()
  .trim()
  .min(1, 'is missing')
  .transform((typed) => (/^\d{6}$/.test(compact(typed)) ? { code: compact(typed) } : { recoveryCode: typed }))
