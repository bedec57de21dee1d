import type { TenantUserDetails } from '@cvault/schema/tenant-users'
import type { ReactNode } from 'react'
import { ConfirmForm } from '../../../../components/confirm-form.tsx'
import { Section } from '../../../../components/page.tsx'
import { userLabel } from '../../../../components/user-link.tsx'
import { endUserSessions, removeUser, setUserStatus } from '../actions.ts'
import { deviceEffects } from './device-effects.ts'

/** What can be done about a user, with what the API will do said before. */
export function UserActions({ user, csrf }: { user: TenantUserDetails; csrf: string }) {
  const name = userLabel(user)
  const devices = deviceEffects(user.deviceCount)
  const common = { csrf, name, trigger: 'secondary' } as const
  return (
    <Section title="Access">
      <ul className="divide-y divide-line">
        {user.status === 'active' ? (
          <Act text="Stop this user until somebody enables them again. Nothing is deleted.">
            <ConfirmForm
              {...common}
              action={setUserStatus}
              fields={{ id: user.id, status: 'disabled' }}
              label="Disable"
              title={`Disable ${name}?`}
              description={
                <Effects
                  effects={[
                    'They are logged out everywhere, and your app’s calls in their name are refused within five seconds.',
                    devices?.disable,
                    'Their devices, keys and addresses are kept, so that enabling brings everything back.',
                  ]}
                />
              }
              confirm="Disable user"
              done={`${name} is disabled`}
            />
          </Act>
        ) : (
          <Act text="Let this user in again.">
            <ConfirmForm
              {...common}
              action={setUserStatus}
              fields={{ id: user.id, status: 'active' }}
              label="Enable"
              title={`Enable ${name}?`}
              description={<Effects effects={['They can log in again.', devices?.enable]} />}
              confirm="Enable user"
              variant="primary"
              done={`${name} is enabled`}
            />
          </Act>
        )}
        <Act text="Log this user out of your app everywhere, e.g. after a phone was lost.">
          <ConfirmForm
            {...common}
            action={endUserSessions}
            fields={{ id: user.id }}
            label="End sessions"
            title={`End all sessions of ${name}?`}
            description={
              <Effects
                effects={[
                  'Every login of theirs ends within five seconds; they may log in again.',
                  'Their open connections are recorded as ended.',
                  'Their devices stay on the servers, so a tunnel that is up keeps working. To cut it, disable the user or remove the device.',
                ]}
              />
            }
            confirm="End sessions"
            done="Sessions ended"
          />
        </Act>
        <Act text="Delete this user and their devices for good.">
          <ConfirmForm
            {...common}
            action={removeUser}
            fields={{ id: user.id }}
            label="Remove"
            title={`Remove ${name}?`}
            description={
              <Effects
                effects={[
                  'They are logged out everywhere, and nothing that names them is kept: e-mail, your id, password.',
                  devices?.remove,
                  'Their place in your user limit is free again.',
                  'Usage and past sessions stay as nameless history. This cannot be undone.',
                ]}
              />
            }
            confirm="Remove user"
            done={`${name} is removed`}
            next="/users"
          />
        </Act>
      </ul>
    </Section>
  )
}

function Act({ text, children }: { text: string; children: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-2 first:pt-0 last:pb-0">
      <p className="min-w-0 flex-1 basis-60 text-[0.9375rem]">{text}</p>
      {children}
    </li>
  )
}

function Effects({ effects }: { effects: (string | undefined)[] }) {
  return <ul className="list-disc space-y-1.5 pl-5">{effects.map((effect) => effect !== undefined && <li key={effect}>{effect}</li>)}</ul>
}
