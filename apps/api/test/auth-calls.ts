import { randomBytes } from 'node:crypto'
import type { AuthTokens } from '@cvault/schema/auth'
import type { LightMyRequestResponse } from 'fastify'
import type { Deps } from '../src/deps.ts'
import type { AuditEntry, Event } from '../src/generated/prisma/client.ts'
import type { TestApp } from './build-test-app.ts'
import type { TestTenant } from './factories.ts'

export const newEmail = (): string => `user-${randomBytes(6).toString('hex')}@example.test`
export const goodPassword = 'an Unlikely phrase 42'

/** Open all the pool's connections: calls made at once then race in the database, instead of queueing for the first connection. */
export async function warmUp({ pool, env }: Deps): Promise<void> {
  await Promise.all(Array.from({ length: env.DATABASE_POOL_SIZE }, () => pool.query('SELECT pg_sleep(0.1)')))
}

/** The calls of /api/v1/auth as an app of this tenant makes them, and what they left behind. */
export function authCalls(api: Pick<TestApp, 'app' | 'deps'>, tenant: TestTenant) {
  const post = (path: string, payload: object | undefined, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> =>
    api.app.inject({
      method: 'POST',
      url: `/api/v1/auth/${path}`,
      headers: { ...tenant.headers, ...headers },
      ...(payload ? { payload } : {}),
    })
  const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` })

  return {
    register: (email: string, password = goodPassword, headers = {}) => post('register', { email, password }, headers),
    login: (email: string, password = goodPassword, headers = {}) => post('login', { email, password }, headers),
    refresh: (refreshToken: string, headers = {}) => post('refresh', { refreshToken }, headers),
    token: (payload: object, headers: Record<string, string> = { 'x-api-secret': tenant.apiSecret }) => post('token', payload, headers),
    logout: (accessToken: string, headers = {}) => post('logout', undefined, { ...bearer(accessToken), ...headers }),
    me: (accessToken: string, headers: Record<string, string> = tenant.headers) =>
      api.app.inject({ method: 'GET', url: '/api/v1/auth/me', headers: { ...headers, ...bearer(accessToken) } }),

    /** A user who has just registered. */
    async registered(email = newEmail()): Promise<AuthTokens> {
      const response = await post('register', { email, password: goodPassword })
      if (response.statusCode !== 201) throw new Error(`register answered ${response.statusCode}: ${response.body}`)
      return response.json<AuthTokens>()
    },
    audit: (where: { action?: string; result?: string } = {}): Promise<AuditEntry[]> =>
      api.deps.prisma.auditEntry.findMany({ where: { tenantId: tenant.tenantId, ...where }, orderBy: { id: 'asc' } }),
    events: (type?: string): Promise<Event[]> =>
      api.deps.prisma.event.findMany({ where: { tenantId: tenant.tenantId, ...(type ? { type } : {}) }, orderBy: { id: 'asc' } }),
  }
}

/** A problem document without what differs from request to request. */
export function sameProblem(response: LightMyRequestResponse): string {
  const { requestId } = response.json<{ requestId: string }>()
  return `${response.statusCode} ${response.body.replace(requestId, '')}`
}
