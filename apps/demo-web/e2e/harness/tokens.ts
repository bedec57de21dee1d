import { createHmac } from 'node:crypto'
import type { Page } from 'playwright-core'

/** The access token as it would be an hour later: signed by the API's own key, and over. */
export function expiredTwinOf(accessToken: string, jwtSecret: string): string {
  const [head = '', body = ''] = accessToken.split('.')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { iat: number; exp: number }
  const old = Buffer.from(JSON.stringify({ ...claims, iat: claims.iat - 3_600, exp: claims.exp - 3_600 })).toString('base64url')
  return `${head}.${old}.${createHmac('sha256', jwtSecret).update(`${head}.${old}`).digest('base64url')}`
}

/** The session as the SDK keeps it in the browser. */
export async function sessionIn(page: Page): Promise<{ accessToken: string; refreshToken: string }> {
  const text = await page.evaluate(() => Object.entries(localStorage).find(([key]) => key.endsWith('.session'))?.[1])
  if (!text) throw new Error('nobody is signed in here')
  return JSON.parse(text)
}
