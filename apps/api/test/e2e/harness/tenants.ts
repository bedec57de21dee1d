import { randomBytes } from 'node:crypto'
import type { AuthTokens } from '@cvault/schema/auth'
import type { DeviceWithConfig } from '@cvault/schema/devices'
import type { CreateTenant, TenantCreated } from '@cvault/schema/tenants'
import type { Caller } from './http-caller.ts'
import { createCaller } from './http-caller.ts'

export type LabTenant = TenantCreated & {
  /** With the API key alone, as an app would. */
  app: Caller
  /** With key and secret, as the tenant's server would. */
  backend: Caller
  /** Register a person, log in, and be that person. */
  user(email?: string): Promise<LabUser>
}

export type LabUser = Caller & {
  id: string
  email: string
  password: string
  tokens: AuthTokens
  device(input?: { deviceName?: string; publicKey?: string; serverRegion?: string }): Promise<DeviceWithConfig>
}

/** Sign a tenant up through the operator's API. No rate limit of its own: these tests measure other things. */
export async function signUpTenant(url: string, operator: Caller, input: Partial<CreateTenant> = {}): Promise<LabTenant> {
  const body = { name: `Tenant ${randomBytes(4).toString('hex')}`, rateLimitPerMinute: 1_000_000, ...input }
  const created = await operator.call<TenantCreated>('POST', '/admin/tenants', body)
  const headers = { 'x-api-key': created.apiKey }
  const app = createCaller(url, headers)
  return {
    ...created,
    app,
    backend: createCaller(url, { ...headers, 'x-api-secret': created.apiSecret }),
    user: (email) => signInUser(url, headers, app, email),
  }
}

/** Register a person at a tenant and log in. */
export async function signInUser(url: string, headers: Record<string, string>, app: Caller, wanted?: string): Promise<LabUser> {
  const credentials = {
    email: wanted ?? `person-${randomBytes(6).toString('hex')}@example.test`,
    password: `Pw-${randomBytes(12).toString('base64url')}`,
  }
  await app.call('POST', '/api/v1/auth/register', credentials)
  const tokens = await app.call<AuthTokens>('POST', '/api/v1/auth/login', credentials)
  const person = createCaller(url, { ...headers, authorization: `Bearer ${tokens.accessToken}` })
  return {
    ...person,
    ...credentials,
    id: tokens.user.id,
    tokens,
    device: (input = {}) =>
      person.call<DeviceWithConfig>('POST', '/api/v1/devices', { deviceName: `device ${randomBytes(3).toString('hex')}`, ...input }),
  }
}
