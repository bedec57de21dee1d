import type { TenantSettings } from '@cvault/schema/settings'
import type { ApiKey, CreateApiKey } from '@cvault/schema/tenants'
import { z } from 'zod'
import type { BaseCtx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { ApiKey as ApiKeyRow } from '../../generated/prisma/client.ts'
import { newId } from '../../ids.ts'
import { newToken, sha256 } from '../../secrets.ts'

/** Keys of a tenant that work at one time, old ones still in their overlap included. */
const maxLiveKeys = 20

/** A key and its secret, which is shown to the caller once and stored as a hash. */
export async function insertApiKey(ctx: BaseCtx, tenantId: string, input: CreateApiKey): Promise<{ row: ApiKeyRow; apiSecret: string }> {
  const apiSecret = newToken('apiSecret')
  const row = await ctx.db.apiKey.create({
    data: {
      id: newId(),
      tenantId,
      name: input.name,
      key: newToken('apiKey'),
      secretHash: Uint8Array.from(sha256(apiSecret)),
      requireSecret: input.requireSecret,
      expiresAt: input.expiresAt ?? null,
      createdAt: ctx.now(),
    },
  })
  return { row, apiSecret }
}

/** Refuse one key more than a tenant may have. The caller holds the tenant's row lock, so the count stays true. */
export async function checkLiveKeys(ctx: BaseCtx, tenantId: string): Promise<void> {
  const live = await ctx.db.apiKey.count({
    where: { tenantId, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: ctx.now() } }] },
  })
  if (live >= maxLiveKeys)
    throw new AppError(
      'CONFLICT',
      `The tenant has ${live} API keys that work; ${maxLiveKeys} is the most. Revoke one that is no longer used, then try again.`,
    )
}

export function toApiKey(row: ApiKeyRow, now: Date): ApiKey {
  return {
    id: row.id,
    name: row.name,
    key: row.key,
    requireSecret: row.requireSecret,
    status: statusOf(row, now),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  }
}

export function statusOf(row: Pick<ApiKeyRow, 'expiresAt' | 'revokedAt'>, now: Date): ApiKey['status'] {
  if (row.revokedAt) return 'revoked'
  return row.expiresAt && row.expiresAt <= now ? 'expired' : 'active'
}

export type KeyPolicy = TenantSettings['keyPolicy']

/** What an account that said nothing wants of its keys: nothing. */
export const anyKey: KeyPolicy = { requireSecret: false, maxDays: null }

const Stored = z.object({ requireSecret: z.boolean().catch(anyKey.requireSecret), maxDays: z.number().nullable().catch(anyKey.maxDays) })

export const keyPolicyOf = (stored: unknown): KeyPolicy => Stored.catch(anyKey).parse(stored)
