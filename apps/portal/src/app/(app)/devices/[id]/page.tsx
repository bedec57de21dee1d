import { CopyButton } from '@cvault/ui/copy-button'
import type { TenantDevice, TenantSessionList } from '@cvault/schema/tenant-devices'
import type { Metadata } from 'next'
import { BackLink } from '../../../../components/back-link.tsx'
import { ConfirmForm } from '../../../../components/confirm-form.tsx'
import { type Fact, Facts } from '../../../../components/facts.tsx'
import { Field, Form, SubmitButton } from '../../../../components/form.tsx'
import { Listed } from '../../../../components/listed.tsx'
import { Page, Section } from '../../../../components/page.tsx'
import { Time } from '../../../../components/time.tsx'
import { UserLink } from '../../../../components/user-link.tsx'
import { readAccount } from '../../../../lib/account.ts'
import { api } from '../../../../lib/api.ts'
import { found } from '../../../../lib/found.ts'
import type { PageProps } from '../../../../lib/page-props.ts'
import { csrfToken } from '../../../../lib/session.ts'
import { SessionTable } from '../../sessions/session-table.tsx'
import { removeDevice, renameDevice } from '../actions.ts'
import { DeviceState } from '../device-state.tsx'

export const metadata: Metadata = { title: 'Device' }

const shown = 10

export default async function DevicePage({ params }: PageProps) {
  const { id = '' } = await params
  const [account, csrf, device] = await Promise.all([
    readAccount(),
    csrfToken(),
    found(api<TenantDevice>('GET', `/devices/${encodeURIComponent(id)}`)),
  ])
  const { sessions, nextCursor } = await api<TenantSessionList>('GET', '/sessions', { query: { deviceId: device.id, limit: shown } })
  const may = (permission: string) => account.permissions.includes(permission)
  return (
    <Page title={device.deviceName} intro={<BackLink href="/devices">All devices</BackLink>}>
      <Section title="About" action={<DeviceState {...device} />}>
        <Facts facts={factsOf(device)} />
        <div className="mt-4 flex flex-wrap items-center gap-x-3 border-t border-line pt-4">
          <span className="text-sm text-muted">Public key</span>
          <code className="min-w-0 text-sm wrap-anywhere">{device.publicKey}</code>
          <CopyButton text={device.publicKey} label="Copy public key" isIconOnly variant="quiet" />
        </div>
      </Section>
      <Listed
        title="Latest sessions"
        href={`/sessions?deviceId=${device.id}`}
        isMore={nextCursor !== null}
        isEmpty={sessions.length === 0}
        empty="No session yet: this device has never connected."
      >
        <SessionTable sessions={sessions} csrf={may('sessions:write') ? csrf : null} isOfOneUser />
      </Listed>
      {device.status === 'active' && may('devices:write') && <DeviceActions device={device} csrf={csrf} />}
    </Page>
  )
}

const keyOrigins = {
  server: 'Made and kept (encrypted) by CVault',
  device: 'Made on the device, which keeps it',
}

function factsOf(device: TenantDevice): Fact[] {
  const onServer = device.provisioning === 'applied' ? 'Yes' : 'No, or not yet: its user is disabled, or the server is about to hear of it'
  const facts: Fact[] = [
    ['User', <UserLink user={device.user} />],
    ['Address in the VPN', <span className="tabular">{device.assignedIp}</span>],
    ['Server', `${device.server.name}, ${device.server.region}`],
    ['Last handshake', device.lastHandshakeAt === null ? 'Never' : <Time at={device.lastHandshakeAt} />],
    ['Last connected', device.lastConnectedAt === null ? 'Never' : <Time at={device.lastConnectedAt} />],
    ['Registered', <Time at={device.createdAt} />],
    ['Private key', device.keyManagement === null ? 'Gone' : keyOrigins[device.keyManagement]],
  ]
  if (device.status === 'active') facts.push(['On its server', onServer])
  if (device.revokedAt !== null) facts.push(['Removed', <Time at={device.revokedAt} />])
  return facts
}

function DeviceActions({ device, csrf }: { device: TenantDevice; csrf: string }) {
  const { id, deviceName } = device
  return (
    <>
      <Section title="Rename" intro="Its user sees the name too.">
        <Form
          action={renameDevice}
          csrf={csrf}
          className="grid gap-4 sm:grid-cols-[1fr_auto] sm:items-end [&>[role]]:col-span-full [&>[tabindex]]:col-span-full"
        >
          <input type="hidden" name="id" value={id} />
          <Field name="deviceName" label="Name" defaultValue={deviceName} maxLength={255} autoComplete="off" required />
          <SubmitButton variant="secondary">Rename</SubmitButton>
        </Form>
      </Section>
      <Section
        title="Remove"
        intro="For a device that is lost, sold or not wanted any more."
        action={
          <ConfirmForm
            action={removeDevice}
            csrf={csrf}
            fields={{ id }}
            label="Remove"
            name={deviceName}
            trigger="secondary"
            title={`Remove ${deviceName}?`}
            description={
              <ul className="list-disc space-y-1.5 pl-5">
                <li>It leaves its server within seconds, so its tunnel stops, and its session ends.</li>
                <li>
                  Its key opens nothing any more{device.keyManagement === 'server' && ', and our copy of the private key is destroyed'}.
                </li>
                <li>Its place in the user’s device limit is free again, and its address after a rest.</li>
                <li>Past sessions and usage stay. This cannot be undone: the user would have to register it anew.</li>
              </ul>
            }
            confirm="Remove device"
            done={`${deviceName} is removed`}
          />
        }
      />
    </>
  )
}
