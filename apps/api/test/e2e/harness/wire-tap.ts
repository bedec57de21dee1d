import type { RealServer } from '@cvault/wg/testing/real/real-server'

/** What WireGuard sent and received on the wire: datagrams without their IP and UDP headers, as its own counters count. */
export type Moved = { rx: number; tx: number }

const table = 'wire_tap'
const headerBytes = 20 + 8

/** Let the kernel count a server's WireGuard datagrams, next to what WireGuard says of itself and what is billed. */
export async function tapWire(server: RealServer): Promise<() => Promise<Moved>> {
  const hook = (name: string, port: string) =>
    `chain ${name} { type filter hook ${name} priority 300; udp ${port} ${server.endpointPort} counter; };`
  const { code, stderr } = await server.exec(['nft', `table inet ${table} { ${hook('input', 'dport')} ${hook('output', 'sport')} }`])
  if (code !== 0) throw new Error(`no counter on ${server.name}: ${stderr}`)

  return async () => ({ rx: await count(server, 'input'), tx: await count(server, 'output') })
}

async function count(server: RealServer, chain: string): Promise<number> {
  const { stdout } = await server.exec(['nft', 'list', 'chain', 'inet', table, chain])
  const [, packets, bytes] = /packets (\d+) bytes (\d+)/.exec(stdout) ?? []
  if (packets === undefined || bytes === undefined) throw new Error(`no counter in ${stdout}`)
  return Number(bytes) - Number(packets) * headerBytes
}
