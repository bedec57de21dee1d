import { randomBytes } from 'node:crypto'
import { generateKeyPair } from '@cvault/wg/keys'
import type { Deps } from '../src/deps.ts'
import type { Prisma } from '../src/generated/prisma/client.ts'
import { newId } from '../src/ids.ts'
import { newToken, sha256 } from '../src/secrets.ts'

export type TestTenant = { tenantId: string; apiKeyId: string; apiKey: string; apiSecret: string; headers: { 'x-api-key': string } }

/** A tenant with one API key, straight into the database: tests of other things need not go through the operator's routes. */
export async function makeTenant(deps: Deps, data: Partial<Prisma.TenantUncheckedCreateInput> = {}): Promise<TestTenant> {
  const tenantId = newId()
  const apiKeyId = newId()
  const apiKey = newToken('apiKey')
  const apiSecret = newToken('apiSecret')
  await deps.prisma.tenant.create({
    data: { id: tenantId, name: `Tenant ${tenantId}`, rateLimitPerMinute: 1_000_000, ...deps.keyring.createDataKey(tenantId), ...data },
  })
  await deps.prisma.apiKey.create({
    data: { id: apiKeyId, tenantId, name: 'test', key: apiKey, secretHash: Uint8Array.from(sha256(apiSecret)) },
  })
  return { tenantId, apiKeyId, apiKey, apiSecret, headers: { 'x-api-key': apiKey } }
}

export type TestUser = { userId: string; sessionId: string; email: string; accessToken: string; headers: { 'x-api-key': string; authorization: string } }

/** A user who is logged in. The password hash is not usable; log in through the route where that matters. */
export async function makeUser(deps: Deps, tenant: TestTenant, data: Partial<Prisma.TenantUserUncheckedCreateInput> = {}): Promise<TestUser> {
  const userId = newId()
  const sessionId = newId()
  const email = `user-${randomBytes(6).toString('hex')}@example.test`
  await deps.prisma.tenantUser.create({ data: { id: userId, tenantId: tenant.tenantId, email, ...data } })
  await deps.prisma.tenant.update({ where: { id: tenant.tenantId }, data: { userCount: { increment: 1 } } })
  await deps.prisma.authSession.create({
    data: { id: sessionId, tenantId: tenant.tenantId, tenantUserId: userId, expiresAt: new Date(Date.now() + 86_400_000) },
  })
  const accessToken = deps.accessTokens.sign({ userId, tenantId: tenant.tenantId, sessionId })
  return { userId, sessionId, email, accessToken, headers: { ...tenant.headers, authorization: `Bearer ${accessToken}` } }
}

/** A server row that nothing answers for: placement works, its peers stay pending. */
export async function makeServer(deps: Deps, data: Partial<Prisma.ServerUncheckedCreateInput> = {}): Promise<{ serverId: string; region: string }> {
  const serverId = newId()
  const region = data.region ?? `region-${randomBytes(4).toString('hex')}`
  await deps.prisma.server.create({
    data: {
      id: serverId,
      name: `server-${serverId}`,
      region,
      host: '192.0.2.1',
      sshUser: 'cvault',
      hostKey: `SHA256:${'A'.repeat(43)}`,
      publicIp: '192.0.2.1',
      publicKey: generateKeyPair().publicKey,
      dnsServers: ['1.1.1.1'],
      ...data,
    },
  })
  return { serverId, region }
}
