'use server'

import { UpdateTenantSettings } from '@cvault/schema/settings'
import { z } from 'zod'
import { Checked } from '../../../lib/checked.ts'
import { settingsAction } from './save.ts'

const { name, contactName, contactEmail, website, whiteLabel } = UpdateTenantSettings.shape
const brand = whiteLabel.unwrap().shape
// An empty field is left out of a form, and means none.
const orNone = <T extends z.ZodType>(schema: z.ZodOptional<z.ZodNullable<T>>) => schema.unwrap().unwrap().nullable().default(null)

export const saveProfile = settingsAction(
  z.object({ name: name.unwrap(), contactName: orNone(contactName), contactEmail: orNone(contactEmail), website: orNone(website) }),
)

export const saveNotifications = settingsAction(z.object({ limitWarnings: Checked, securityAlerts: Checked }), 'notifications')

export const saveNetwork = settingsAction(z.object({ allowClientToClient: Checked }), 'network')

export const saveBranding = settingsAction(
  z.object({
    name: orNone(brand.name),
    logoUrl: orNone(brand.logoUrl),
    primaryColor: orNone(brand.primaryColor),
    accentColor: orNone(brand.accentColor),
  }),
  'whiteLabel',
)

const MaxDays = z.coerce.number().int('must be a whole number').min(1, 'must be at least 1').max(3_650, 'must be at most 3650')

export const saveKeyPolicy = settingsAction(z.object({ requireSecret: Checked, maxDays: MaxDays.nullable().default(null) }), 'keyPolicy')
