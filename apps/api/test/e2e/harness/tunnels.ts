import type { DeviceWithConfig } from '@cvault/schema/devices'
import type { RealClient } from '@cvault/wg/testing/real/client'
import type { RealPeer } from '@cvault/wg/testing/real/real-server'
import { expect } from 'vitest'
import type { Ledger } from './convergence.ts'
import type { Lab, LabServer } from './lab.ts'
import type { LabUser } from './tenants.ts'

/** A device of somebody, up and carrying packets through a server. */
export type Tunnel = { user: LabUser; device: DeviceWithConfig; client: RealClient; server: LabServer }

export async function openTunnel(lab: Lab, user: LabUser, server: LabServer): Promise<Tunnel> {
  const [client, device] = await Promise.all([lab.network.startClient(), user.device({ serverRegion: server.region })])
  await client.up(device.config)
  expect((await client.http(lab.network.httpUrl)).body).toBe(server.real.publicIp)
  return { user, device, client, server }
}

/** End and begin the tunnel on the device, which shakes hands at once instead of after WireGuard's 15 s. */
export async function reopenTunnel(lab: Lab, tunnel: Tunnel, config = tunnel.device.config): Promise<void> {
  await tunnel.client.down()
  await tunnel.client.up(config)
  expect((await tunnel.client.http(lab.network.httpUrl)).body).toBe(tunnel.server.real.publicIp)
}

/** Whether packets come back through the tunnel. */
export async function carries(lab: Lab, { client }: Tunnel): Promise<boolean> {
  return (await client.echo(lab.network.httpAddress, 10, 50)).received > 0
}

/**
 * Do something while 100 packets a second go through these tunnels, which it must not touch:
 * at most one packet is lost in each, no peer is made anew, no counter goes back.
 */
export async function expectUndisturbed<T>(lab: Lab, tunnels: Tunnel[], work: () => Promise<T>): Promise<T> {
  const before = await Promise.all(tunnels.map(peerOf))
  let isDone = false
  const working = work().finally(() => (isDone = true))
  working.catch(() => {}) // told when awaited below
  const watch = async ({ client }: Tunnel) => {
    let lost = 0
    do {
      const { sent, received } = await client.echo(lab.network.httpAddress, 200, 100)
      lost += sent - received
    } while (!isDone)
    return lost
  }
  const lost = await Promise.all(tunnels.map(watch))
  const result = await working
  const after = await Promise.all(tunnels.map(peerOf))
  tunnels.forEach(({ server, device }, index) => {
    const name = `tunnel of ${device.assignedIp} on ${server.region}`
    expect(lost[index], `packets lost in the ${name}`).toBeLessThanOrEqual(1)
    const [was, is] = [before[index], after[index]]
    if (!was || !is) throw new Error(`the ${name} has lost its peer`)
    expect(is.rxBytes, `bytes received in the ${name}`).toBeGreaterThan(was.rxBytes)
    expect(is.txBytes, `bytes sent in the ${name}`).toBeGreaterThan(was.txBytes)
    expect(is.latestHandshakeSeconds, `handshake of the ${name}`).toBeGreaterThanOrEqual(was.latestHandshakeSeconds)
  })
  return result
}

export async function peerOf({ device, server }: Pick<Tunnel, 'device' | 'server'>): Promise<RealPeer | undefined> {
  return (await server.real.peers()).find(({ publicKey }) => publicKey === device.publicKey)
}

/** Create a device and, when the answer came, hold the API to it. */
export async function createPromised(user: LabUser, ledger: Ledger, serverRegion?: string): Promise<DeviceWithConfig | null> {
  const device = await user.device(serverRegion ? { serverRegion } : {}).catch(unlessAnswered)
  if (device) ledger.created.set(device.id, { publicKey: device.publicKey, address: device.assignedIp })
  return device
}

/** Delete a device and, when the answer came, hold the API to it; when none came, it may be there or not. */
export async function deletePromised(user: LabUser, ledger: Ledger, deviceId: string): Promise<void> {
  const answer = await user.ask('DELETE', `/api/v1/devices/${deviceId}`).catch(unlessAnswered)
  if (answer?.status === 204) ledger.deleted.add(deviceId)
  else ledger.created.delete(deviceId)
  if (answer && answer.status !== 204 && answer.status < 500)
    throw new Error(`deleting answered ${answer.status}: ${JSON.stringify(answer.body)}`)
}

/** No answer, or one that says the API is in trouble, leaves open what became of the request. Any other is an error of ours. */
function unlessAnswered(error: unknown): null {
  const text = String(error)
  if (/ answered [1-4]/.test(text)) throw error
  return null
}
