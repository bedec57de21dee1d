import 'server-only'
import { readAccount } from '../../../lib/account.ts'

/** Whether the member may change settings now; the layout and the frame say why not. */
export async function mayChangeSettings(): Promise<boolean> {
  const { permissions, tenant } = await readAccount()
  return permissions.includes('settings:write') && tenant.status !== 'suspended'
}
