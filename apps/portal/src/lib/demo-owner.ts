import 'server-only'
import { headers } from 'next/headers'
import { env } from './env.ts'
import { isThisMachine } from './this-machine.ts'

/** Who may be signed in as with one click: nobody, unless portal, API and browser are all on one machine. */
export async function demoOwner(): Promise<{ email: string; password: string } | undefined> {
  const { DEMO_OWNER } = env()
  if (DEMO_OWNER === undefined) return undefined
  const incoming = await headers()
  const names = [incoming.get('host'), incoming.get('x-forwarded-host')].filter((name) => name !== null)
  return names.length > 0 && names.every((name) => isThisMachine(`http://${name}`)) ? DEMO_OWNER : undefined
}
