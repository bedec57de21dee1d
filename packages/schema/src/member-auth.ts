import { z } from 'zod'
import { Email, Password } from './auth.ts'
import { Id, Name } from './common.ts'
import { LinkToken, MemberRole } from './members.ts'

export const SignUp = z
  .strictObject({ businessName: Name(255), email: Email, password: Password, name: Name(255).optional() })
  .meta({ id: 'SignUp' })
export type SignUp = z.infer<typeof SignUp>

/** Who is signed in to the portal. */
export const SignedInMember = z
  .object({
    id: Id,
    email: z.string(),
    name: z.string().nullable(),
    role: MemberRole,
    emailVerified: z.boolean(),
    tenant: z.object({ id: Id, name: z.string() }),
  })
  .meta({ id: 'SignedInMember' })
export type SignedInMember = z.infer<typeof SignedInMember>

const tokens = {
  member: SignedInMember,
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.number().int().meta({ description: 'Seconds until the access token expires' }),
}

export const MemberTokens = z.object(tokens).meta({ id: 'MemberTokens' })
export type MemberTokens = z.infer<typeof MemberTokens>

export const SignedUp = z
  .object({ ...tokens, apiKey: z.string(), apiSecret: z.string().meta({ description: 'Shown once' }) })
  .meta({ id: 'SignedUp' })
export type SignedUp = z.infer<typeof SignedUp>

// A login takes any text: what a password must look like is no business of somebody who guesses one.
const AnyPassword = z.string().min(1).max(1024)

export const LoginMember = z.strictObject({ email: Email, password: AnyPassword }).meta({ id: 'LoginMember' })
export type LoginMember = z.infer<typeof LoginMember>

export const SecondStepRequired = z
  .object({
    mfaRequired: z.literal(true),
    mfaToken: z.string().meta({ description: 'For login/totp: 5 minutes, 5 tries' }),
    expiresIn: z.number().int(),
  })
  .meta({ id: 'SecondStepRequired' })
export type SecondStepRequired = z.infer<typeof SecondStepRequired>

export const LoginResult = z.union([MemberTokens, SecondStepRequired])
export type LoginResult = z.infer<typeof LoginResult>

const SixDigits = z
  .string()
  .max(6)
  .regex(/^\d{6}$/, 'must be the six digits your authenticator shows')

const secondFactor = { code: SixDigits.optional(), recoveryCode: z.string().min(1).max(40).optional() }
const isOne = ({ code, recoveryCode }: { code?: string | undefined; recoveryCode?: string | undefined }): boolean =>
  (code === undefined) !== (recoveryCode === undefined)
const oneOnly = 'must have either code or recoveryCode'

export const FinishLogin = z
  .strictObject({ mfaToken: z.string().min(1).max(200), ...secondFactor })
  .refine(isOne, oneOnly)
  .meta({ id: 'FinishLogin' })
export type FinishLogin = z.infer<typeof FinishLogin>

/** For what weakens an account's second factor: both factors again. */
export const BothFactors = z
  .strictObject({ password: AnyPassword, ...secondFactor })
  .refine(isOne, oneOnly)
  .meta({ id: 'BothFactors' })
export type BothFactors = z.infer<typeof BothFactors>

export const SecondFactor = z.object(secondFactor)
export type SecondFactor = z.infer<typeof SecondFactor>

export const ConfirmTotp = z.strictObject({ code: SixDigits }).meta({ id: 'ConfirmTotp' })
export type ConfirmTotp = z.infer<typeof ConfirmTotp>

export const StartTotp = z.strictObject({ password: AnyPassword }).meta({ id: 'StartTotp' })
export type StartTotp = z.infer<typeof StartTotp>

export const TotpStarted = z
  .object({ secret: z.string().meta({ description: 'Base32, for typing' }), otpauthUrl: z.string().meta({ description: 'For a QR code' }) })
  .meta({ id: 'TotpStarted' })
export type TotpStarted = z.infer<typeof TotpStarted>

export const RecoveryCodes = z
  .object({ recoveryCodes: z.array(z.string()).meta({ description: 'Shown once; each opens once' }) })
  .meta({ id: 'RecoveryCodes' })
export type RecoveryCodes = z.infer<typeof RecoveryCodes>

export const RefreshMember = z.strictObject({ refreshToken: z.string().min(1).max(200) }).meta({ id: 'RefreshMember' })
export type RefreshMember = z.infer<typeof RefreshMember>

export const VerifyEmail = z.strictObject({ token: LinkToken }).meta({ id: 'VerifyEmail' })
export type VerifyEmail = z.infer<typeof VerifyEmail>

export const EmailVerified = z.object({ email: z.string() }).meta({ id: 'EmailVerified' })
export type EmailVerified = z.infer<typeof EmailVerified>

/** Asks for a mail. The answer says nothing about whether one is sent. */
export const AskForMail = z.strictObject({ email: Email }).meta({ id: 'AskForMail' })
export type AskForMail = z.infer<typeof AskForMail>

export const ResetPassword = z.strictObject({ token: LinkToken, password: Password }).meta({ id: 'ResetPassword' })
export type ResetPassword = z.infer<typeof ResetPassword>

export const ChangePassword = z.strictObject({ current: AnyPassword, new: Password }).meta({ id: 'ChangePassword' })
export type ChangePassword = z.infer<typeof ChangePassword>
