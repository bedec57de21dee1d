import { expect, vi } from 'vitest'
import type { Lab } from './lab.ts'

/** What clients were promised: a device whose creation was answered, and a device whose end was. */
export type Ledger = { created: Map<string, { publicKey: string; address: string }>; deleted: Set<string> }

export const newLedger = (): Ledger => ({ created: new Map(), deleted: new Set() })

type PeerRow = {
  server_id: string
  public_key: string
  allowed_ips: string[]
  desired: string
  generation: string
  applied_generation: string | null
}

/**
 * Wait until every interface is exactly what the rows say, every row is confirmed, and everything promised holds:
 * each device answered for is on one server with its address, each deleted one on none, no address twice.
 */
export async function expectConverged(lab: Lab, withinMs: number, ledger: Ledger = newLedger()): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await lab.db.query<PeerRow>(
        'SELECT server_id, public_key, allowed_ips, desired, generation, applied_generation FROM peers',
      )
      const actual = new Map<string, Array<[string, string[]]>>()
      for (const { id, real } of lab.servers)
        actual.set(
          id,
          (await real.peers()).map((peer) => [peer.publicKey, peer.allowedIps]),
        )
      for (const { id, real } of lab.servers) {
        const wanted = rows
          .filter((row) => row.server_id === id && row.desired === 'present')
          .map((row) => [row.public_key, row.allowed_ips])
        expect(Object.fromEntries(actual.get(id) ?? []), `peers of ${real.name}`).toEqual(Object.fromEntries(wanted))
      }
      expect(
        rows.filter((row) => row.generation !== row.applied_generation),
        'rows the server has not confirmed',
      ).toEqual([])
      expect(
        rows.filter((row) => row.desired === 'removed'),
        'removed peers whose row is still there',
      ).toEqual([])
      expectPromisesKept([...actual.values()].flat(), ledger)
    },
    { timeout: withinMs, interval: 150 },
  )
  await expectPoolExact(lab)
}

function expectPromisesKept(peers: Array<[string, string[]]>, { created, deleted }: Ledger): void {
  const addresses = peers.flatMap(([, allowedIps]) => allowedIps)
  expect(new Set(addresses).size, 'addresses in use once').toBe(addresses.length)
  const found = new Map(peers)
  for (const [id, { publicKey, address }] of created) {
    if (deleted.has(id)) expect(found.has(publicKey), `deleted device ${id} is gone`).toBe(false)
    else expect(found.get(publicKey), `device ${id}, answered with 201, is on a server`).toEqual([`${address}/32`])
  }
}

/** Every living device holds its own address, and no address is held by nobody. */
async function expectPoolExact(lab: Lab): Promise<void> {
  const { rows } = await lab.db.query(`
    SELECT d.id AS device, host(d.assigned_ip) AS assigned, host(i.address) AS held, i.status
    FROM (SELECT * FROM devices WHERE status = 'active') d
    FULL JOIN (SELECT * FROM ip_pool WHERE status = 'allocated') i ON i.device_id = d.id
    WHERE d.id IS NULL OR i.device_id IS NULL OR host(d.assigned_ip) <> host(i.address)`)
  expect(rows, 'addresses and devices that do not belong together').toEqual([])
}
