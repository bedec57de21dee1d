import { createPasswords } from '../crypto/passwords.ts'
import { createPool, createPrisma } from '../db.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'
import { newId } from '../ids.ts'

export type DemoOwner = { email: string; password: string }

/**
 * For `npm start` only, before anybody listens to the mails it might send: the demo tenant has an owner who gets in with this
 * password, whatever was done to them since. Answers under which address, since another tenant may hold the wanted one.
 */
export async function ensureDemoOwner(
  { databaseUrl, passwordPepper }: { databaseUrl: string; passwordPepper: string },
  tenantId: string,
  wanted: DemoOwner,
): Promise<DemoOwner> {
  const pool = createPool(databaseUrl, 2)
  const prisma = createPrisma(pool)
  try {
    const owner = { ...wanted, email: await freeAddress(prisma, tenantId, wanted.email) }
    const passwords = createPasswords(passwordPepper, 12)
    const known = await prisma.member.findFirst({ where: { tenantId, email: owner.email, emailVerifiedAt: { not: null } } })
    const matches = known !== null && (await passwords.verify(owner.password, known.passwordHash)).matches
    if (matches && known.role === 'owner' && known.status === 'active') return owner
    const passwordHash = matches ? known.passwordHash : await passwords.hash(owner.password)
    if (known) await prisma.member.update({ where: { id: known.id }, data: { role: 'owner', status: 'active', passwordHash } })
    else await insertOwner(prisma, tenantId, owner.email, passwordHash)
    return owner
  } finally {
    await prisma.$disconnect()
    await pool.end()
  }
}

async function freeAddress(prisma: PrismaClient, tenantId: string, email: string): Promise<string> {
  const holder = await prisma.member.findFirst({ where: { email, emailVerifiedAt: { not: null } }, select: { tenantId: true } })
  return holder === null || holder.tenantId === tenantId ? email : `owner-${tenantId}@example.com`
}

async function insertOwner(prisma: PrismaClient, tenantId: string, email: string, passwordHash: string): Promise<void> {
  const [id, at] = [newId(), new Date()]
  const subject = { tenantId, email, role: 'owner' } as const
  await prisma.$transaction([
    prisma.member.create({ data: { id, ...subject, name: 'Demo Owner', passwordHash, emailVerifiedAt: at, createdAt: at } }),
    prisma.auditEntry.create({
      data: {
        id: newId(),
        tenantId,
        actorType: 'system',
        actorId: null,
        action: 'member.seed',
        targetType: 'member',
        targetId: id,
        result: 'success',
        after: { email, role: 'owner' },
      },
    }),
    prisma.event.create({ data: { id: newId(), tenantId, type: 'member.joined', data: { memberId: id, role: 'owner' } } }),
  ])
}
