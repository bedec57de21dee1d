import { z } from 'zod'
import { Moment, Name, NextCursor } from './common.ts'
import { ApiKey } from './tenants.ts'

export const TenantApiKey = ApiKey.extend({
  callsThisMonth: z.number().int().meta({ description: 'Since the first of the month (UTC)' }),
}).meta({
  id: 'TenantApiKey',
})
export type TenantApiKey = z.infer<typeof TenantApiKey>

export const TenantApiKeyList = z.object({ apiKeys: z.array(TenantApiKey), nextCursor: NextCursor }).meta({ id: 'TenantApiKeyList' })
export type TenantApiKeyList = z.infer<typeof TenantApiKeyList>

/** What is left out is as the account's key policy says. */
export const CreateTenantApiKey = z
  .strictObject({ name: Name(100).default('API key'), requireSecret: z.boolean().optional(), expiresAt: Moment.optional() })
  .meta({ id: 'CreateTenantApiKey' })
export type CreateTenantApiKey = z.infer<typeof CreateTenantApiKey>

export const UpdateApiKey = z
  .strictObject({ name: Name(100), requireSecret: z.boolean() })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'must change something')
  .meta({ id: 'UpdateApiKey' })
export type UpdateApiKey = z.infer<typeof UpdateApiKey>
