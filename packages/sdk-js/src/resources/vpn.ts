import { sleep } from '../abort.ts'
import type { Api } from '../api.ts'
import type { Connections } from '../connections.ts'
import { CVaultError, isCVaultError } from '../errors.ts'
import type { Emitter } from '../events.ts'
import type { LocalKeys } from '../local-keys.ts'
import { shaped } from '../shape.ts'
import type { Connect, Device, Disconnect, RequestOptions, VpnConnection, VpnDisconnection, VpnServerStatus, VpnStatus } from '../types.ts'
import { completeConfig } from '../wg-config.ts'

export interface Vpn {
  /**
   * Open a session, moving the device to the region asked for. CVault opens no tunnel: give `config` to WireGuard on the device.
   * Throws `DEVICE_REQUIRED`, `SERVER_UNAVAILABLE`, `BANDWIDTH_LIMIT_EXCEEDED`, `NOT_FOUND`.
   * @example const { config } = await cvault.vpn.connect({ deviceId: device.id, serverRegion: 'us-east' })
   */
  connect(input?: Connect, options?: RequestOptions): Promise<VpnConnection>
  /** End the device's session, or all of the user's. The device may still use its tunnel until it is removed. */
  disconnect(input?: Disconnect, options?: RequestOptions): Promise<VpnDisconnection>
  /** The user's open sessions. */
  status(options?: RequestOptions): Promise<VpnStatus>
  /** The server the device is on; without a device, the one of the user's newest. */
  serverStatus(input?: { deviceId?: string }, options?: RequestOptions): Promise<VpnServerStatus>
  /**
   * Follow the status: emits `status` each time it is learned, `connected` and `disconnected` once a session, `error` when asking
   * failed; it goes on by itself. Ends when the answered function is called, the signal is aborted, or the user signs out.
   * @example const stop = cvault.vpn.watch({ intervalMs: 2_000 }); cvault.on('status', ({ sessions }) => render(sessions))
   */
  watch(input?: { intervalMs?: number; signal?: AbortSignal }): () => void
}

interface Settings {
  api: Api
  emitter: Emitter
  connections: Connections
  localKeys: LocalKeys
  lastDevice: { id: string | null }
  closed: AbortSignal
}

const shortestIntervalMs = 500
/** A day. Timers take a time beyond their range for none at all. */
const longestIntervalMs = 86_400_000

export function createVpn({ api, emitter, connections, localKeys, lastDevice, closed }: Settings): Vpn {
  async function status(options?: RequestOptions): Promise<VpnStatus> {
    const askedAt = connections.now()
    const { body } = await api.asUser({ method: 'GET', path: '/vpn/status' }, options)
    const found = shaped<VpnStatus>(body, { status: 'string', sessions: 'array', timestamp: 'string' })
    for (const session of found.sessions) shaped(session, { id: 'string', device: 'object', server: 'object', connectedAt: 'string' })
    connections.seen(found, askedAt)
    return found
  }

  async function follow(intervalMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        emitter.emit('status', await status({ signal }))
      } catch (error) {
        if (!isCVaultError(error) || error.code === 'ABORTED') return
        emitter.emit('error', error)
        if (error.code === 'NOT_SIGNED_IN') return
      }
      await sleep(intervalMs, signal).catch(() => {}) // Only an abort ends it early, and the loop's head sees that.
    }
  }

  return {
    status,
    async connect({ deviceId, serverRegion } = {}, options) {
      const id = deviceId ?? lastDevice.id ?? (await onlyDevice(api, options))
      const { body } = await api.asUser({ method: 'POST', path: '/vpn/connect', body: { deviceId: id, serverRegion } }, options)
      const connection = shaped<VpnConnection>(body, { sessionId: 'string', deviceId: 'string', serverRegion: 'string', config: 'string' })
      const config = completeConfig(connection.config, await localKeys.get(id))
      lastDevice.id = id
      const { sessionId, connectedAt, serverRegion: region } = connection
      connections.opened({ sessionId, deviceId: connection.deviceId, serverRegion: region, connectedAt })
      return { ...connection, config }
    },
    async disconnect({ deviceId } = {}, options) {
      const { body } = await api.asUser({ method: 'POST', path: '/vpn/disconnect', body: { deviceId } }, options)
      const ended = shaped<VpnDisconnection>(body, { sessionIds: 'array', disconnectedAt: 'string' })
      for (const id of ended.sessionIds) connections.ended(id, ended.disconnectedAt)
      return ended
    },
    async serverStatus({ deviceId } = {}, options) {
      const { body } = await api.asUser({ method: 'GET', path: '/vpn/server/status', query: { deviceId } }, options)
      return shaped<VpnServerStatus>(body, { timestamp: 'string' })
    },
    watch({ intervalMs = 5_000, signal } = {}) {
      if (!(intervalMs >= shortestIntervalMs && intervalMs <= longestIntervalMs))
        throw new CVaultError(
          'INVALID_OPTIONS',
          `intervalMs must be from ${shortestIntervalMs} to ${longestIntervalMs}; the API counts every call.`,
        )
      const controller = new AbortController()
      const stop = (): void => controller.abort()
      const offs = [emitter.on('signedOut', stop)]
      for (const end of [signal, closed]) {
        if (end?.aborted) stop()
        end?.addEventListener('abort', stop, { once: true })
        offs.push(() => end?.removeEventListener('abort', stop))
      }
      void follow(intervalMs, controller.signal).finally(() => offs.forEach((off) => off()))
      return stop
    },
  }
}

/** What a call without a device means: the user's only one. */
async function onlyDevice(api: Api, options: RequestOptions | undefined): Promise<string> {
  const { body } = await api.asUser({ method: 'GET', path: '/devices', query: { limit: 2 } }, options)
  const { devices } = shaped<{ devices: Device[] }>(body, { devices: 'array' })
  const [only, other] = devices
  if (only && !other) return only.id
  throw new CVaultError(
    'DEVICE_REQUIRED',
    only ? 'The user has several devices: say which by deviceId.' : 'The user has no device yet: call devices.register first.',
  )
}
