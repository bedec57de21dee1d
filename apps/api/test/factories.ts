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

export type TestUser = {
  userId: string
  sessionId: string
  email: string
  accessToken: string
  headers: { 'x-api-key': string; authorization: string }
}

/** A user who is logged in. The password hash is not usable; log in through the route where that matters. */
export async function makeUser(
  deps: Deps,
  tenant: TestTenant,
  data: Partial<Prisma.TenantUserUncheckedCreateInput> = {},
): Promise<TestUser> {
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

export type TestMember = { memberId: string; sessionId: string; email: string; accessToken: string; headers: { authorization: string } }

/** A member who is signed in to the portal, an owner unless told otherwise. The password hash is not usable. */
export async function makeMember(
  deps: Deps,
  tenant: Pick<TestTenant, 'tenantId'>,
  data: Partial<Prisma.MemberUncheckedCreateInput> = {},
): Promise<TestMember> {
  const { tenantId } = tenant
  const [memberId, sessionId, now] = [newId(), newId(), new Date()]
  const email = `member-${randomBytes(6).toString('hex')}@example.test`
  await deps.prisma.member.create({
    data: { id: memberId, tenantId, email, passwordHash: 'unusable', role: 'owner', emailVerifiedAt: now, ...data },
  })
  await deps.prisma.memberSession.create({
    data: { id: sessionId, tenantId, memberId, lastSeenAt: now, expiresAt: new Date(now.getTime() + 43_200_000) },
  })
  const accessToken = deps.memberTokens.sign({ userId: memberId, tenantId, sessionId })
  return { memberId, sessionId, email: data.email ?? email, accessToken, headers: { authorization: `Bearer ${accessToken}` } }
}

/** A server row that nothing answers for: placement works, its peers stay pending. */
export async function makeServer(
  deps: Deps,
  data: Partial<Prisma.ServerUncheckedCreateInput> = {},
): Promise<{ serverId: string; region: string }> {
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

export type TestDevice = { deviceId: string; peerId: string; publicKey: string; assignedIp: string }

/** A device that is placed on a server: pool address, peer row and load, as a registration leaves them. */
export async function makeDevice(deps: Deps, tenant: TestTenant, user: TestUser, serverId: string): Promise<TestDevice> {
  const [deviceId, peerId, publicKey] = [newId(), newId(), generateKeyPair().publicKey]
  const owner = { tenantId: tenant.tenantId, deviceId }
  return deps.prisma.$transaction(async (tx) => {
    const pool = { id: newId(), name: 'factory', purpose: 'devices' as const, cidr: '10.99.0.0/16', nextOffset: 2n }
    const { id: poolId } = await tx.addressPool.upsert({ where: { name: pool.name }, create: pool, update: {} })
    const { nextOffset } = await tx.addressPool.update({ where: { id: poolId }, data: { nextOffset: { increment: 1 } } })
    const assignedIp = `10.99.${nextOffset >> 8n}.${nextOffset & 255n}`
    await tx.ipPool.create({ data: { poolId, address: assignedIp, status: 'allocated', ...owner } })
    await tx.device.create({
      data: {
        id: deviceId,
        tenantId: tenant.tenantId,
        tenantUserId: user.userId,
        deviceName: 'device',
        publicKey,
        poolId,
        assignedIp,
        serverId,
      },
    })
    await tx.peer.create({ data: { id: peerId, ...owner, serverId, publicKey, allowedIps: [`${assignedIp}/32`] } })
    await tx.server.update({ where: { id: serverId }, data: { currentLoad: { increment: 1 } } })
    return { deviceId, peerId, publicKey, assignedIp }
  })
}
