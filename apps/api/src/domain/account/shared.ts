import type { UserCtx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { RunSql } from '../../sql.ts'

export type AccountState = { tenantStatus: string; userStatus: string; isOverBandwidth: boolean }

export const tenantSuspended = (): AppError =>
  new AppError('TENANT_SUSPENDED', 'This account is suspended. Contact support to have it reactivated.')

export const userDisabled = (): AppError => new AppError('USER_DISABLED', 'This user is disabled. Contact the provider of your app.')

export const bandwidthExceeded = (): AppError =>
  new AppError(
    'BANDWIDTH_LIMIT_EXCEEDED',
    "This account's bandwidth of the month is used up. It is open again when the account's next month begins, or when its limit is raised.",
  )

/** What an account may have before anybody of it has confirmed an e-mail address: enough to try it, not enough to live on. */
export const unconfirmedLimits = { users: 3, devicesPerUser: 2 } as const

/** `most`: how many of what. */
export const unconfirmed = (code: 'USER_LIMIT_EXCEEDED' | 'DEVICE_LIMIT_EXCEEDED', most: string): AppError =>
  new AppError(
    code,
    `Until its owner has confirmed their e-mail address, the account has ${most} at most. Open the link in our mail to lift that at once; the portal sends it again.`,
  )

/**
 * Hold the tenant and the user as they are until the transaction ends, and refuse those who may not act. A suspension
 * that commits meanwhile waits, so it cannot miss a peer row that is being made. First in the order of locks:
 * tenants → users → devices → servers → addresses → address pool.
 */
export async function lockAccount(sql: RunSql, ctx: UserCtx): Promise<AccountState> {
  const rows = await sql<AccountState>({
    name: 'account-lock',
    text: `SELECT t.status::text AS "tenantStatus", u.status::text AS "userStatus", t.bandwidth_exceeded_at IS NOT NULL AS "isOverBandwidth"
           FROM tenants t JOIN tenant_users u ON u.tenant_id = t.id
           WHERE t.id = $1::uuid AND u.id = $2::uuid FOR SHARE OF t, u`,
    values: [ctx.tenantId, ctx.userId],
  })
  const account = rows[0]
  if (account?.tenantStatus === 'suspended') throw tenantSuspended()
  if (!account || account.userStatus === 'disabled') throw userDisabled()
  return account
}
