import 'server-only'
import { EncryptJWT, jwtDecrypt } from 'jose'
import { cookies } from 'next/headers'
import { env } from './env.ts'
import { sealingKey, sessionCookieOptions } from './session-cookie.ts'

/** Between password and code: the browser carries the proof of the first step, and cannot read it. */
export interface SecondStep {
  mfaToken: string
  next: string
}

const name = '__Host-cvault-step'
const options = { ...sessionCookieOptions, maxAge: 300 }

export async function startSecondStep(step: SecondStep): Promise<void> {
  const sealed = await new EncryptJWT({ ...step })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setExpirationTime(`${options.maxAge}s`)
    .encrypt(await sealingKey(env().PORTAL_SESSION_SECRET, 'second step'))
  ;(await cookies()).set(name, sealed, options)
}

export async function readSecondStep(): Promise<SecondStep | null> {
  const cookie = (await cookies()).get(name)?.value
  if (!cookie) return null
  try {
    const { payload } = await jwtDecrypt(cookie, await sealingKey(env().PORTAL_SESSION_SECRET, 'second step'))
    const { mfaToken, next } = payload
    return typeof mfaToken === 'string' && typeof next === 'string' ? { mfaToken, next } : null
  } catch {
    return null
  }
}

export async function endSecondStep(): Promise<void> {
  ;(await cookies()).set(name, '', { ...options, maxAge: 0 })
}
