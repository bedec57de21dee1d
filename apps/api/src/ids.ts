import { uuidv7 } from 'uuidv7'

/** Time-ordered, so that new rows land at the end of their index and pages follow creation. */
export const newId = (): string => uuidv7()

/** The id a caller or a proxy in front of us gave the request, where it is a plain one; else a new one. */
export function requestId({ headers }: { headers: Record<string, string | string[] | undefined> }): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : newId()
}
