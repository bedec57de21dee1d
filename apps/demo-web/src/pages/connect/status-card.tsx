import type { VpnSession } from '@cvault/sdk-js'
import { Shield, ShieldCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { Badge } from '@cvault/ui/badge'
import { formatBytes } from '../../format/bytes.ts'
import { formatAgo } from '../../format/time.ts'
import { RunningTime } from './running-time.tsx'

interface StatusCardProps {
  /** The API has said something already. */
  isKnown: boolean
  session: VpnSession | undefined
  isConnecting: boolean
}

export function StatusCard({ isKnown, session, isConnecting }: StatusCardProps) {
  const Icon = session === undefined ? Shield : ShieldCheck
  return (
    <section aria-label="Status" className={`card p-5 sm:p-6 ${session === undefined ? '' : 'border-accent/50! bg-accent-soft!'}`}>
      <div className="flex items-center gap-4">
        <span
          className={`grid size-14 shrink-0 place-items-center rounded-full ${session === undefined ? 'bg-sunken text-muted' : 'bg-accent text-on-accent'}`}
        >
          <Icon aria-hidden size={28} />
        </span>
        {/* Only what changes by events is read out: not the clock, not the bytes. */}
        <div role="status" className="min-w-0">
          <p className="text-xl font-bold">{titleOf(isKnown, session, isConnecting)}</p>
          <p className="text-sm wrap-anywhere text-muted">
            {session === undefined
              ? 'No session is open for this device.'
              : `Session of ${session.device.deviceName} on ${session.server.region}`}
          </p>
        </div>
      </div>
      <dl className="tabular mt-6 grid grid-cols-2 gap-x-6 gap-y-5">
        <Fact term="Connected for">{session === undefined ? '–' : <RunningTime key={session.id} seconds={session.durationSeconds} />}</Fact>
        <Fact term="Seen by the server">
          {session === undefined ? '–' : session.online ? <Badge tone="good">Online</Badge> : <Badge tone="neutral">Not yet</Badge>}
        </Fact>
        <Fact term="Sent">{session === undefined ? '–' : formatBytes(session.rxBytes)}</Fact>
        <Fact term="Received">{session === undefined ? '–' : formatBytes(session.txBytes)}</Fact>
        <Fact term="Last handshake">
          {session === undefined ? '–' : session.lastHandshakeAt === null ? 'None yet' : formatAgo(session.lastHandshakeAt, Date.now())}
        </Fact>
        <Fact term="Server">
          {session === undefined ? (
            '–'
          ) : (
            <span className="font-mono text-sm wrap-anywhere">
              {session.server.publicIp}:{session.server.endpointPort}
            </span>
          )}
        </Fact>
      </dl>
    </section>
  )
}

function titleOf(isKnown: boolean, session: VpnSession | undefined, isConnecting: boolean): string {
  if (session !== undefined) return 'Connected'
  if (isConnecting) return 'Connecting…'
  return isKnown ? 'Disconnected' : 'Asking…'
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="min-h-13">
      <dt className="text-sm text-muted">{term}</dt>
      <dd className="text-lg font-semibold">{children}</dd>
    </div>
  )
}
