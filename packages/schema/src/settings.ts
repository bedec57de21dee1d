import { z } from 'zod'
import { isReadableColor } from './colors.ts'
import { Id, Name, Timestamp } from './common.ts'
import { TenantStatus } from './tenants.ts'

const WebUrl = z
  .url({ protocol: /^https?$/, hostname: z.regexes.domain, error: 'must be a web address, e.g. https://example.com' })
  .max(255)
const LogoUrl = z.url({ protocol: /^https$/, hostname: z.regexes.domain, error: 'must begin with https://' }).max(500)

const Color = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour like #1d4ed8')
  .toLowerCase()
  .refine((color) => isReadableColor(color), 'is too light to be read with white (contrast below 4.5); choose a darker one')

/** How the portal and mails look; null: as ours do. */
const whiteLabel = {
  name: Name(100).nullable(),
  logoUrl: LogoUrl.nullable(),
  primaryColor: Color.nullable(),
  accentColor: Color.nullable(),
}

const notifications = {
  limitWarnings: z.boolean().meta({ description: 'At 80 and 100 % of the bandwidth, to owners and admins' }),
  securityAlerts: z.boolean().meta({ description: 'Changes of keys and members, to owners' }),
}

const keyPolicy = {
  requireSecret: z.boolean().meta({ description: 'New API keys require the secret unless told otherwise' }),
  maxDays: z.number().int().min(1).max(3_650).nullable().meta({ description: 'The longest life of a new API key; null: no end' }),
}

const network = {
  allowClientToClient: z
    .boolean()
    .meta({ description: 'Devices of this account reach each other where they are on the same server. Nobody else reaches them' }),
}

const profile = {
  name: Name(255),
  contactName: Name(255).nullable(),
  contactEmail: z.email({ error: 'must be an e-mail address' }).max(255).nullable(),
  website: WebUrl.nullable(),
}

/** What is stored may be older than today's rules. */
export const TenantSettings = z
  .object({
    id: Id,
    status: TenantStatus,
    isDemo: z.boolean().meta({ description: 'Shows made-up traffic' }),
    name: z.string(),
    contactName: z.string().nullable(),
    contactEmail: z.string().nullable(),
    website: z.string().nullable(),
    whiteLabel: z.object({
      name: z.string().nullable(),
      logoUrl: z.string().nullable(),
      primaryColor: z.string().nullable(),
      accentColor: z.string().nullable(),
    }),
    notifications: z.object(notifications),
    keyPolicy: z.object(keyPolicy),
    network: z.object(network),
    limits: z
      .object({
        bandwidthLimitGb: z.number().int().nullable(),
        userLimit: z.number().int().nullable(),
        userCount: z.number().int(),
        maxDevicesPerUser: z.number().int(),
        rateLimitPerMinute: z.number().int(),
        bandwidthExceededAt: Timestamp.nullable(),
      })
      .meta({ description: 'Changed by the operator only' }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'TenantSettings' })
export type TenantSettings = z.infer<typeof TenantSettings>

export const UpdateTenantSettings = z
  .strictObject({
    ...profile,
    whiteLabel: z.strictObject(whiteLabel).partial(),
    notifications: z.strictObject(notifications).partial(),
    keyPolicy: z.strictObject(keyPolicy).partial(),
    network: z.strictObject(network).partial(),
  })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'must change something')
  .meta({ id: 'UpdateTenantSettings' })
export type UpdateTenantSettings = z.infer<typeof UpdateTenantSettings>

export const ContactSupport = z
  .strictObject({
    subject: Name(150),
    message: z
      .string()
      .trim()
      .min(10)
      .max(5_000)
      // eslint-disable-next-line no-control-regex
      .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ud800-\udfff]*$/u, 'must not hold control characters'),
  })
  .meta({ id: 'ContactSupport' })
export type ContactSupport = z.infer<typeof ContactSupport>
