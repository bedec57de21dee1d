import type { TenantSettings } from '@cvault/schema/settings'
import { z } from 'zod'
import type { Tenant } from '../../generated/prisma/client.ts'
import { Notifications } from '../../mail/notify-members.ts'
import { keyPolicyOf } from '../api-keys/shared.ts'

const text = z.string().nullable().catch(null)
const noWhiteLabel = { name: null, logoUrl: null, primaryColor: null, accentColor: null }
const WhiteLabel = z.object({ name: text, logoUrl: text, primaryColor: text, accentColor: text }).catch(noWhiteLabel)

/** What is stored is read leniently: every setting has a value, whatever stood there when it was new. */
export function toSettings(row: Tenant): TenantSettings {
  return {
    id: row.id,
    status: row.status,
    isDemo: row.isDemo,
    name: row.name,
    contactName: row.contactName,
    contactEmail: row.contactEmail,
    website: row.website,
    whiteLabel: WhiteLabel.parse(row.whitelabelConfig),
    notifications: Notifications.parse(row.notificationConfig),
    keyPolicy: keyPolicyOf(row.keyPolicy),
    network: { allowClientToClient: row.allowClientToClient },
    limits: {
      bandwidthLimitGb: row.bandwidthLimitGb,
      userLimit: row.userLimit,
      userCount: row.userCount,
      maxDevicesPerUser: row.maxDevicesPerUser,
      rateLimitPerMinute: row.rateLimitPerMinute,
      bandwidthExceededAt: row.bandwidthExceededAt?.toISOString() ?? null,
    },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
