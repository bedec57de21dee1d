import { Notice } from '@cvault/ui/notice'
import type { ReactNode } from 'react'
import { Page } from '../../../components/page.tsx'
import { readAccount } from '../../../lib/account.ts'
import { SectionsNav } from './sections-nav.tsx'

export default async function SettingsLayout({ children }: { children: ReactNode }) {
  const { permissions, role } = await readAccount()
  return (
    <Page title="Settings" intro="They are the account’s, and the same for all its members.">
      <div className="grid grid-cols-1 items-start gap-6 xl:grid-cols-[12rem_minmax(0,1fr)]">
        <SectionsNav />
        <div className="grid grid-cols-1 gap-6">
          {!permissions.includes('settings:write') && (
            <Notice tone="info">You are {role}: you see the settings. To change them takes an admin or an owner.</Notice>
          )}
          {children}
        </div>
      </div>
    </Page>
  )
}
