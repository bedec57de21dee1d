import 'server-only'
import type { TenantSettings } from '@cvault/schema/settings'
import { isCVaultError } from '@cvault/sdk-js'
import { cache } from 'react'
import { api } from './api.ts'
import { type Brand, brandOf } from './brand.ts'

/** The account's settings, asked of the API once a request. */
export const readSettings = cache((): Promise<TenantSettings> => api<TenantSettings>('GET', '/settings'))

/** How the portal looks for this account; like ours when that cannot be read, since no page should fail for its colours. */
export async function readBrand(): Promise<Brand> {
  try {
    return brandOf((await readSettings()).whiteLabel)
  } catch (error) {
    if (isCVaultError(error)) return brandOf(null)
    throw error
  }
}
