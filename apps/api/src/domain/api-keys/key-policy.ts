import type { TenantSettings } from '@cvault/schema/settings'
import { z } from 'zod'
import type { Ctx } from '../../context.ts'

export type KeyPolicy = TenantSettings['keyPolicy']

/** What an account that said nothing wants of its keys: nothing. */
export const anyKey: KeyPolicy = { requireSecret: false, maxDays: null }

const Stored = z.object({ requireSecret: z.boolean().catch(anyKey.requireSecret), maxDays: z.number().nullable().catch(anyKey.maxDays) })

export const keyPolicyOf = (stored: unknown): KeyPolicy => Stored.catch(anyKey).parse(stored)

export async function readKeyPolicy(ctx: Ctx): Promise<KeyPolicy> {
  const { keyPolicy } = await ctx.db.tenant.findUniqueOrThrow({ where: { id: ctx.tenantId }, select: { keyPolicy: true } })
  return keyPolicyOf(keyPolicy)
}

/** When a key made now has to end; null: never. */
export const latestExpiry = ({ maxDays }: KeyPolicy, now: Date): Date | null =>
  maxDays === null ? null : new Date(now.getTime() + maxDays * 86_400_000)
