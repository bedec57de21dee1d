import { z } from 'zod'
import { Id, Moment, Name, NextCursor, Timestamp } from './common.ts'

export const TenantStatus = z.enum(['trial', 'active', 'suspended'])

const limits = {
  periodStartDay: z.number().int().min(1).max(31).meta({
    description:
      'The day (UTC) on which a month of the account begins: 1 for calendar months, the day it began for its anniversary. A shorter month begins on its last day',
  }),
  bandwidthLimitGb: z
    .number()
    .int()
    .min(0)
    .max(1_000_000_000)
    .nullable()
    .meta({ description: 'A month, GB of 10^9 bytes, both directions; null: none' }),
  userLimit: z.number().int().min(0).max(100_000_000).nullable().meta({ description: 'null: none' }),
  maxDevicesPerUser: z.number().int().min(0).max(1_000),
  rateLimitPerMinute: z.number().int().min(1).max(10_000_000),
}

/** Who of a tenant's devices reach each other; nobody else's ever do. */
const allowClientToClient = z.boolean().meta({ description: 'Its devices reach each other where they are on the same server' })

export const CreateTenant = z
  .strictObject({
    name: Name(255),
    status: z.enum(['trial', 'active']).default('active'),
    bandwidthLimitGb: limits.bandwidthLimitGb.default(null),
    periodStartDay: limits.periodStartDay.default(1),
    userLimit: limits.userLimit.default(null),
    maxDevicesPerUser: limits.maxDevicesPerUser.default(5),
    rateLimitPerMinute: limits.rateLimitPerMinute.default(100),
  })
  .meta({ id: 'CreateTenant' })
export type CreateTenant = z.infer<typeof CreateTenant>

export const UpdateTenant = z
  .strictObject({ name: Name(255), status: TenantStatus, allowClientToClient, ...limits })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'must change something')
  .meta({ id: 'UpdateTenant' })
export type UpdateTenant = z.infer<typeof UpdateTenant>

export const Tenant = z
  .object({
    id: Id,
    name: z.string(),
    status: TenantStatus,
    allowClientToClient,
    ...limits,
    userCount: z.number().int(),
    bandwidthExceededAt: Timestamp.nullable(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Tenant' })
export type Tenant = z.infer<typeof Tenant>

export const TenantList = z.object({ tenants: z.array(Tenant), nextCursor: NextCursor }).meta({ id: 'TenantList' })
export type TenantList = z.infer<typeof TenantList>

export const ApiKey = z
  .object({
    id: Id,
    name: z.string(),
    key: z.string().meta({ description: 'Publishable: goes into your apps as X-API-Key' }),
    requireSecret: z.boolean(),
    status: z.enum(['active', 'expired', 'revoked']),
    expiresAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'ApiKey' })
export type ApiKey = z.infer<typeof ApiKey>

export const TenantCreated = z
  .object({ tenant: Tenant, apiKey: z.string(), apiSecret: z.string().meta({ description: 'Shown once' }) })
  .meta({ id: 'TenantCreated' })
export type TenantCreated = z.infer<typeof TenantCreated>

export const ApiKeyList = z.object({ apiKeys: z.array(ApiKey), nextCursor: NextCursor }).meta({ id: 'ApiKeyList' })
export type ApiKeyList = z.infer<typeof ApiKeyList>

export const TenantWithKeys = Tenant.extend({
  apiKeys: z.array(ApiKey).meta({ description: 'The newest 50; page through /admin/tenants/{id}/api-keys for all' }),
}).meta({ id: 'TenantWithKeys' })
export type TenantWithKeys = z.infer<typeof TenantWithKeys>

export const CreateApiKey = z
  .strictObject({
    name: Name(100).default('API key'),
    requireSecret: z.boolean().default(false).meta({ description: 'Every call with this key must send the secret' }),
    expiresAt: Moment.optional(),
  })
  .meta({ id: 'CreateApiKey' })
export type CreateApiKey = z.infer<typeof CreateApiKey>

export const ApiKeyCreated = z
  .object({ apiKey: ApiKey, apiSecret: z.string().meta({ description: 'Shown once' }) })
  .meta({ id: 'ApiKeyCreated' })
export type ApiKeyCreated = z.infer<typeof ApiKeyCreated>

export const RotateApiKey = z
  .strictObject({
    overlapSeconds: z.number().int().min(0).max(2_592_000).default(86_400).meta({ description: 'How long the old key goes on working' }),
    expiresAt: Moment.nullable()
      .optional()
      .meta({ description: 'When the new key ends; null: as late as may be. Left out: when the one it replaces would have ended' }),
  })
  .meta({ id: 'RotateApiKey' })
export type RotateApiKey = z.infer<typeof RotateApiKey>

export const ApiKeyParams = z.strictObject({ id: Id, keyId: Id })
export type ApiKeyParams = z.infer<typeof ApiKeyParams>
