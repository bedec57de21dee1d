import { setTimeout as sleep } from 'node:timers/promises'
import type { AuthTokens } from '@cvault/schema/auth'
import type { ApiKeyCreated } from '@cvault/schema/tenants'
import type { Answer } from './history.ts'
import type { Operation, Surroundings } from './operations.ts'
import type { KnownTenant, KnownUser } from './tenants.ts'
import { mostDevices } from './tenants.ts'

/** What the operator does to tenants, and their owners to users and keys. */
export function accountOperations({ history, random, send, adminToken }: Surroundings): Operation[] {
  const asOperator = <T>(tenant: KnownTenant, operation: string, body: object): Promise<Answer<T>> => {
    const headers = { authorization: `Bearer ${adminToken}` }
    return send<T>({ who: 'the operator', operation, method: 'PATCH', path: `/admin/tenants/${tenant.id}`, headers, body })
  }
  const asOwner = <T>(tenant: KnownTenant, operation: string, method: 'POST' | 'PATCH', path: string, body: object): Promise<Answer<T>> => {
    const headers = { authorization: `Bearer ${tenant.owner.accessToken}` }
    return send<T>({ who: tenant.name, operation, method, path: `/api/v1/tenant/${path}`, headers, body })
  }
  const pause = () => sleep(100 + random.int(1_200))

  /** Change one thing of a tenant, and remember what is known of it; one change at a time, so that the last answer is what holds. */
  async function change<Key extends 'status' | 'bandwidthLimitGb' | 'allowClientToClient'>(
    tenant: KnownTenant,
    operation: string,
    key: Key,
    value: NonNullable<KnownTenant[Key]>,
  ): Promise<void> {
    const before = tenant[key]
    tenant[key] = null as KnownTenant[Key]
    const { outcome } = await asOperator(tenant, operation, { [key]: value === 'none' ? null : value })
    if (outcome !== 'unknown') tenant[key] = outcome === 'ok' ? value : before
  }
  const alone = async (thing: { isChanging: boolean }, work: () => Promise<void>): Promise<void> => {
    if (thing.isChanging) return
    thing.isChanging = true
    await work().finally(() => (thing.isChanging = false))
  }
  async function setUser(tenant: KnownTenant, user: KnownUser, status: 'active' | 'disabled'): Promise<void> {
    const before = user.status
    const { accessToken } = user.tokens
    user.status = null
    user.isSignedIn = false
    const { outcome } = await asOwner(tenant, status === 'disabled' ? 'disable' : 'enable', 'PATCH', `users/${user.id}`, { status })
    if (outcome !== 'unknown') user.status = outcome === 'ok' ? status : before
    // Their logins ended with it: who is enabled again logs in again.
    if (outcome === 'ok' && status === 'disabled') history.revoked(accessToken)
  }
  async function logIn(tenant: KnownTenant, user: KnownUser): Promise<void> {
    const { email, password } = user
    const headers = { 'x-api-key': tenant.apiKey }
    const request = { who: tenant.name, operation: 'log in', method: 'POST', path: '/api/v1/auth/login', headers } as const
    const { body } = await send<AuthTokens>({ ...request, body: { email, password } })
    if (!body) return
    user.tokens = body
    user.isSignedIn = user.status === 'active'
  }
  /** A login goes on whoever dies meanwhile: a lost answer is given again for 10 s, and never taken for theft. */
  async function refresh(tenant: KnownTenant, user: KnownUser): Promise<void> {
    const { tokens, isSignedIn } = user
    const fromMs = Date.now()
    const headers = { 'x-api-key': tenant.apiKey }
    const request = { who: tenant.name, operation: 'refresh', method: 'POST', path: '/api/v1/auth/refresh', headers } as const
    const { outcome, code, body } = await send<AuthTokens>({ ...request, body: { refreshToken: tokens.refreshToken } })
    if (body) user.tokens = body
    else if (outcome === 'unknown') user.isSignedIn = false
    if (code === 'INVALID_REFRESH_TOKEN' && isSignedIn && Date.now() - fromMs < 9_000)
      history.wrong(`user ${user.id} of ${tenant.name} lost a login by refreshing it`)
  }

  return [
    [
      1,
      async function suspend(tenant) {
        await alone(tenant, async () => {
          if (tenant.status === 'active') await change(tenant, 'suspend', 'status', 'suspended')
          await pause()
          if (random.chance(0.95)) await change(tenant, 'reactivate', 'status', 'active')
        })
      },
    ],
    [
      1,
      async function limitBandwidth(tenant) {
        await alone(tenant, async () => {
          if (tenant.bandwidthLimitGb === 'none') await change(tenant, 'cut off', 'bandwidthLimitGb', 0)
          await pause()
          if (random.chance(0.95)) await change(tenant, 'lift', 'bandwidthLimitGb', 'none')
        })
      },
    ],
    [1, (tenant) => alone(tenant, () => change(tenant, 'network', 'allowClientToClient', random.chance(0.5)))],
    [1, async (tenant) => void (await asOperator(tenant, 'quota', { maxDevicesPerUser: 4 + random.int(mostDevices - 3) }))],
    [
      1,
      async function disable(tenant) {
        const user = random.pick(tenant.users)
        if (!user) return
        await alone(user, async () => {
          if (user.status === 'active') await setUser(tenant, user, 'disabled')
          await pause()
          if (!random.chance(0.95)) return
          await setUser(tenant, user, 'active')
          await logIn(tenant, user)
        })
      },
    ],
    [
      1,
      async function signIn(tenant) {
        const user = random.pick(tenant.users)
        if (user) await alone(user, () => logIn(tenant, user))
      },
    ],
    [
      2,
      async function refreshLogin(tenant) {
        const user = random.pick(tenant.users)
        // Nobody else may change what is known of the login meanwhile; a token is for one who refreshes it.
        if (user) await alone(user, () => refresh(tenant, user))
      },
    ],
    [
      1,
      async function ownerSignsIn(tenant) {
        const { email, password } = tenant.owner
        const request = {
          who: tenant.name,
          operation: 'owner logs in',
          method: 'POST',
          path: '/api/v1/tenant/auth/login',
          headers: {},
        } as const
        const { body } = await send<{ accessToken: string }>({ ...request, body: { email, password } })
        if (body) tenant.owner.accessToken = body.accessToken
      },
    ],
    [
      1,
      async function addKey(tenant) {
        const { body } = await asOwner<ApiKeyCreated>(tenant, 'add key', 'POST', 'api-keys', { name: 'spare' })
        if (body) tenant.spareKeys.push({ id: body.apiKey.id, key: body.apiKey.key, isChanging: false })
      },
    ],
    [
      1,
      async function replaceKey(tenant) {
        const spare = random.pick(tenant.spareKeys.filter((key) => !key.isChanging))
        if (!spare) return
        spare.isChanging = true // for good: a rotated key is not used again
        const path = `api-keys/${spare.id}/rotate`
        const { outcome, body } = await asOwner<ApiKeyCreated>(tenant, 'rotate key', 'POST', path, { overlapSeconds: 0 })
        if (body) tenant.spareKeys.push({ id: body.apiKey.id, key: body.apiKey.key, isChanging: false })
        if (outcome === 'ok') history.revoked(spare.key)
        if (outcome === 'refused') spare.isChanging = false
      },
    ],
    [
      1,
      async function revokeKey(tenant) {
        const spare = random.pick(tenant.spareKeys.filter((key) => !key.isChanging))
        if (!spare) return
        spare.isChanging = true
        const { outcome } = await asOwner(tenant, 'revoke key', 'POST', `api-keys/${spare.id}/revoke`, {})
        if (outcome === 'ok') history.revoked(spare.key)
        if (outcome === 'refused') spare.isChanging = false
      },
    ],
  ]
}
