import { createCaller } from '@cvault/api/test/e2e/harness/http-caller.ts'
import type { DeviceWithConfig } from '@cvault/schema/devices'
import type { SimulatedBackend } from '@cvault/api/test/e2e/harness/simulated-backend.ts'
import { vi } from 'vitest'
import { newPerson, type Owner } from './members.ts'

/** Somebody who uses the tenant's app, with a device of theirs on a server. */
export async function makeDevice({ api }: SimulatedBackend, { apiKey }: Owner): Promise<{ userId: string; device: DeviceWithConfig }> {
  const app = createCaller(api.url, { 'x-api-key': apiKey })
  const tokens = await app.call<{ accessToken: string; user: { id: string } }>('POST', '/api/v1/auth/register', newPerson())
  const user = createCaller(api.url, { 'x-api-key': apiKey, authorization: `Bearer ${tokens.accessToken}` })
  const device = await user.call<DeviceWithConfig>('POST', '/api/v1/devices', { deviceName: 'Laptop' })
  return { userId: tokens.user.id, device }
}

/** Let the device's tunnel be used: its server sees a handshake, and these bytes. Waits until the server has the peer. */
export async function useTunnel({ servers }: SimulatedBackend, publicKey: string, rxBytes: number, txBytes: number): Promise<void> {
  const holds = () => Object.values(servers).find(({ simulated }) => simulated.peers().some((peer) => peer.publicKey === publicKey))
  const server = await vi.waitFor(() => holds() ?? Promise.reject(new Error('no server has the peer')), { timeout: 20_000, interval: 50 })
  server.simulated.handshake(publicKey)
  server.simulated.transfer(publicKey, rxBytes, txBytes)
}
