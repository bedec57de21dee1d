import { randomUUID } from 'node:crypto'
import { newTotpSecret, sealTotpSecret } from '../../src/domain/members/totp.ts'
import { newId } from '../../src/ids.ts'
import { newToken } from '../../src/secrets.ts'
import { hashOf, insertRefreshToken } from '../../src/sign-in/refresh-family.ts'
import type { TestApp } from '../build-test-app.ts'
import type { TestMember } from '../factories.ts'

/** What a member has in their mail, their authenticator and their browser. */
export type SignIn = {
  refreshToken: string
  verifyToken: string
  resetToken: string
  mfaToken: string
  totpSecret: string
  invitationId: string
  invitationToken: string
}

/** Give the member a password, a second factor that waits for its first code, links, and somebody they invited. */
export async function makeSignIn({ deps }: TestApp, tenantId: string, member: TestMember, password: string): Promise<SignIn> {
  const { prisma, passwords } = deps
  const { memberId, sessionId, email } = member
  const [refreshToken, mfaToken] = [newToken('memberRefresh'), newToken('secondStep')]
  const [verifyToken, resetToken, invitationToken] = [newToken('mailLink'), newToken('mailLink'), newToken('mailLink')]
  const expiresAt = new Date(Date.now() + 600_000)
  const pendingEmail = `pending-${randomUUID()}@example.test`
  const totpSecret = newTotpSecret()
  const sealed = await sealTotpSecret({ deps }, { id: memberId, tenantId }, totpSecret)
  await prisma.member.update({
    where: { id: memberId },
    data: { passwordHash: await passwords.hash(password), pendingEmail, totpSecretEncrypted: sealed },
  })
  await insertRefreshToken({ db: prisma }, 'member', { tenantId, sessionId, token: refreshToken, expiresAt })
  const row = (token: string) => ({ id: newId(), tenantId, memberId, tokenHash: hashOf(token), expiresAt })
  await prisma.memberToken.createMany({
    data: [
      { ...row(verifyToken), purpose: 'verify_email', email: pendingEmail },
      { ...row(resetToken), purpose: 'reset_password', email },
      { ...row(mfaToken), purpose: 'second_step', email },
    ],
  })
  const invitationId = newId()
  await prisma.invitation.create({
    data: {
      id: invitationId,
      tenantId,
      email: `invited-${randomUUID()}@example.test`,
      role: 'member',
      tokenHash: hashOf(invitationToken),
      invitedById: memberId,
      expiresAt,
    },
  })
  return { refreshToken, verifyToken, resetToken, mfaToken, totpSecret, invitationId, invitationToken }
}
