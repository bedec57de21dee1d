import { Link } from 'react-router'
import { Notice } from '@cvault/ui/notice'
import { useIsSimulated } from '../../session/use-is-simulated.ts'

/** A browser has no way to raise a tunnel: says what is done and what is left to do. */
export function NextSteps({ deviceId, isOnline }: { deviceId: string; isOnline: boolean }) {
  const isSimulated = useIsSimulated()
  if (isSimulated) {
    return (
      <Notice tone="info" title="Simulated">
        <p>
          CVault has opened the session and put the device on a simulated server: handshakes and bytes here are made up, and no packet
          moves. With a real server, you would now switch WireGuard on with{' '}
          <Link to={`/devices/${deviceId}`} className="text-link">
            this configuration
          </Link>
          .
        </p>
      </Notice>
    )
  }
  if (isOnline) {
    return (
      <Notice tone="info" title="The tunnel is up">
        <p>The server hears the device. Switch WireGuard off on the device when you disconnect here.</p>
      </Notice>
    )
  }
  return (
    <Notice tone="info" title="Now switch WireGuard on">
      <p>
        CVault has opened the session and put the device on the server; a browser itself cannot raise a tunnel. Import{' '}
        <Link to={`/devices/${deviceId}`} className="text-link">
          the configuration
        </Link>{' '}
        in WireGuard and activate it. If you changed the region, import it again: its endpoint is another one.
      </p>
    </Notice>
  )
}
