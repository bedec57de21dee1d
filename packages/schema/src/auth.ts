import { z } from 'zod'
import { Id, Name, Timestamp } from './common.ts'

export const Email = z
  .string()
  .trim()
  .toLowerCase()
  .max(255)
  .pipe(z.email({ error: 'must be an e-mail address' }))

const utf8Length = (text: string) => new TextEncoder().encode(text).length

/** 8 to 128 characters, at most 256 bytes; common passwords are refused by the API. */
export const Password = z
  .string()
  .min(8)
  .max(128)
  // Half a surrogate pair has no UTF-8: all of them would hash alike.
  .refine((text) => text.isWellFormed(), 'must be valid Unicode')
  .refine((text) => utf8Length(text) <= 256, 'must be at most 256 bytes of UTF-8')

export const RegisterUser = z.strictObject({ email: Email, password: Password }).meta({ id: 'RegisterUser' })
export type RegisterUser = z.infer<typeof RegisterUser>

// A login takes any text: what a password must look like is no business of somebody who guesses one.
export const LoginUser = z.strictObject({ email: Email, password: z.string().min(1).max(1024) }).meta({ id: 'LoginUser' })
export type LoginUser = z.infer<typeof LoginUser>

export const RefreshTokens = z.strictObject({ refreshToken: z.string().min(1).max(200) }).meta({ id: 'RefreshTokens' })
export type RefreshTokens = z.infer<typeof RefreshTokens>

export const ExchangeToken = z
  .strictObject({ externalUserId: Name(255), email: Email.optional() })
  .meta({ id: 'ExchangeToken', description: "Your own user's id; the CVault user is made on first use" })
export type ExchangeToken = z.infer<typeof ExchangeToken>

export const AuthUser = z.object({ id: Id, email: z.string().nullable(), externalUserId: z.string().nullable() }).meta({ id: 'AuthUser' })
export type AuthUser = z.infer<typeof AuthUser>

export const AuthTokens = z
  .object({
    user: AuthUser,
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresIn: z.number().int().meta({ description: 'Seconds until the access token expires' }),
  })
  .meta({ id: 'AuthTokens' })
export type AuthTokens = z.infer<typeof AuthTokens>

export const Me = z
  .object({
    id: Id,
    email: z.string().nullable(),
    externalUserId: z.string().nullable(),
    tenant: z.object({ id: Id, name: z.string() }),
    createdAt: Timestamp,
    lastLoginAt: Timestamp.nullable(),
  })
  .meta({ id: 'Me' })
export type Me = z.infer<typeof Me>
