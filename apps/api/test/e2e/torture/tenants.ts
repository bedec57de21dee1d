import { randomBytes } from 'node:crypto'
import type { SignedUp } from '@cvault/schema/member-auth'
import { createCaller } from '../harness/http-caller.ts'
import type { Lab } from '../harness/lab.ts'
import type { LabUser } from '../harness/tenants.ts'
import { signInUser } from '../harness/tenants.ts'
import type { Outcome } from './history.ts'

/** A device whose creation was answered. The key is null once a rotation was not answered: it is the old one or a new one. */
export type KnownDevice = {
  id: string
  user: KnownUser
  publicKey: string | null
  address: string
  removal: Outcome | 'none'
  isRotating: boolean
}

/** What was acknowledged of a state; null while it is changing, and once a change was not answered. */
type Known<T> = T | null

export type KnownUser = LabUser & {
  status: Known<'active' | 'disabled'>
  isChanging: boolean
  /** Nothing has happened that may have ended the login their tokens are from. */
  isSignedIn: boolean
}

export type KnownKey = { id: string; key: string; isChanging: boolean }

/** One tenant as its own people know it. */
export type KnownTenant = {
  name: string
  id: string
  /** The key its apps use; spare ones come and go beside it. */
  apiKey: string
  spareKeys: KnownKey[]
  owner: { accessToken: string; email: string; password: string }
  users: KnownUser[]
  devices: KnownDevice[]
  status: Known<'active' | 'suspended'>
  bandwidthLimitGb: Known<number | 'none'>
  allowClientToClient: Known<boolean>
  isChanging: boolean
}

/** The most devices a user of theirs may ever have. */
export const mostDevices = 12

/** A business that signs up by itself: its owner disables users and revokes keys. */
export async function openTenant(lab: Lab, place: number): Promise<KnownTenant> {
  const owner = { email: `owner-${randomBytes(6).toString('hex')}@example.test`, password: `Pw-${randomBytes(12).toString('base64url')}` }
  const signUp = { businessName: `Torture ${place}`, ...owner }
  const { accessToken, member, apiKey } = await createCaller(lab.api.url, {}).call<SignedUp>('POST', '/api/v1/tenant/auth/signup', signUp)
  const { id } = member.tenant
  // As if the link in the mail had been followed: what is unconfirmed has few users.
  await lab.db.query('UPDATE tenants SET is_unconfirmed = false WHERE id = $1', [id])
  await lab.db.query('UPDATE members SET email_verified_at = now() WHERE tenant_id = $1', [id])
  const limits = { status: 'active', rateLimitPerMinute: 1_000_000, maxDevicesPerUser: mostDevices }
  await lab.operator.call('PATCH', `/admin/tenants/${id}`, limits)

  const headers = { 'x-api-key': apiKey }
  const app = createCaller(lab.api.url, headers)
  const user = async (): Promise<KnownUser> => ({
    ...(await signInUser(lab.api.url, headers, app)),
    status: 'active',
    isChanging: false,
    isSignedIn: true,
  })
  return {
    name: `tenant ${place}`,
    id,
    apiKey,
    spareKeys: [],
    owner: { ...owner, accessToken },
    users: [await user(), await user()],
    devices: [],
    status: 'active',
    bandwidthLimitGb: 'none',
    allowClientToClient: false,
    isChanging: false,
  }
}
