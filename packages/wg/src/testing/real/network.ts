import { type ClientOptions, type RealClient, startClient } from './client.ts'
import { type Internet, startInternet } from './internet.ts'
import { type RealServer, type RealServerOptions, startRealServer } from './real-server.ts'
import { requireRealNetworks } from './requirements.ts'
import { sweep } from './sweep.ts'

/** An internet with servers and devices on it, all on this host and all gone after `stop`. */
export type Network = Internet & {
  startServer(options: Omit<RealServerOptions, 'network'>): Promise<RealServer>
  startClient(options?: Omit<ClientOptions, 'network'>): Promise<RealClient>
}

/**
 * Start an empty network. Throws with what is missing where real networks cannot run.
 *
 * @example
 * await using network = await startNetwork()
 * const server = await network.startServer({ authorizedKey: 'ssh-ed25519 AAAA…' })
 * const client = await network.startClient()
 */
export async function startNetwork(): Promise<Network & AsyncDisposable> {
  await requireRealNetworks()
  await sweep()
  const internet = await startInternet()
  const machines: Array<{ stop(): Promise<void> }> = []
  const stop = async () => {
    await Promise.all(machines.splice(0).map((machine) => machine.stop()))
    await internet.stop()
  }
  const keep = <T extends { stop(): Promise<void> }>(machine: T): T => {
    machines.push(machine)
    return machine
  }
  return {
    ...internet,
    startServer: async (options) => keep(await startRealServer({ ...options, network: internet })),
    startClient: async (options = {}) => keep(await startClient({ ...options, network: internet })),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
