import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Lab, LabServer } from '../harness/lab.ts'
import type { Tunnel } from '../harness/tunnels.ts'
import { peerOf } from '../harness/tunnels.ts'
import type { Moved } from '../harness/wire-tap.ts'
import { tapWire } from '../harness/wire-tap.ts'

/** A server lost its counters at some moment of this time. */
export type Loss = { serverId: string; fromMs: number; toMs: number }

/** A tunnel whose counters are read beside the control plane, and what its server sent and received on the wire. */
export type Watched = { tunnel: Tunnel; readings: Array<Moved & { atMs: number }>; wire: () => Promise<Moved> }

/** Before the first packet, and with a note of when a lane had read a server and written that down. */
export async function watchTraffic({ db }: Lab, servers: LabServer[], open: (server: LabServer) => Promise<Tunnel>): Promise<Watched[]> {
  await db.query(`
    CREATE TABLE looks (server_id uuid, at timestamptz);
    CREATE FUNCTION note_look() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO looks VALUES (NEW.server_id, NEW.last_seen_at); RETURN NULL; END $$;
    CREATE TRIGGER note_look AFTER UPDATE OF last_seen_at ON server_lanes FOR EACH ROW
      WHEN (OLD.last_seen_at IS DISTINCT FROM NEW.last_seen_at) EXECUTE FUNCTION note_look()`)
  const watched: Watched[] = []
  for (const server of servers) {
    const wire = await tapWire(server.real)
    watched.push({ tunnel: await open(server), readings: [], wire })
  }
  return watched
}

/** Read counters until it is over; where there is nothing to read, there is no reading. */
export async function readCounters(watched: Watched[], isOver: () => boolean): Promise<void> {
  for (; !isOver(); await sleep(300)) {
    for (const { tunnel, readings } of watched) {
      const peer = await peerOf(tunnel).catch(() => undefined)
      if (peer) readings.push({ atMs: Date.now(), rx: peer.rxBytes, tx: peer.txBytes })
    }
  }
}

/**
 * INV4: nobody is billed for more than was on the wire, and for everything that a lane had read before its server forgot it.
 * Whatever was moved before the last but one look was in the last one, which the database has.
 */
export async function expectBilled({ db }: Lab, watched: Watched[], losses: Loss[]): Promise<void> {
  for (const { tunnel, readings, wire } of watched) {
    const { id, region } = tunnel.server
    const { rows: looks } = await db.query<{ at: Date }>('SELECT at FROM looks WHERE server_id = $1 ORDER BY at', [id])
    const owed = { rx: 0, tx: 0 }
    const counts = { lives: 0, owing: 0 }
    let fromMs = 0
    for (const loss of losses.filter(({ serverId }) => serverId === id).sort((a, b) => a.fromMs - b.fromMs)) {
      const inside = looks.map(({ at }) => at.getTime()).filter((atMs) => atMs > fromMs && atMs < loss.fromMs)
      const readMs = inside.at(-2) ?? 0
      const last = readings.findLast(({ atMs }) => atMs > fromMs && atMs < readMs)
      owed.rx += last?.rx ?? 0
      owed.tx += last?.tx ?? 0
      counts.lives += 1
      counts.owing += last && last.rx > 0 ? 1 : 0
      fromMs = loss.toMs
    }
    const now = await peerOf(tunnel)
    owed.rx += now?.rxBytes ?? 0
    owed.tx += now?.txBytes ?? 0
    const billed = async (): Promise<Moved> => {
      const { rows } = await db.query<{ rx: string; tx: string }>(
        `SELECT coalesce(sum(i.rx_bytes), 0) AS rx, coalesce(sum(i.tx_bytes), 0) AS tx
         FROM usage_intervals i JOIN usage_blocks b ON b.tenant_id = i.tenant_id AND b.block = i.block WHERE b.server_id = $1`,
        [id],
      )
      return { rx: Number(rows[0]?.rx), tx: Number(rows[0]?.tx) }
    }
    const isLess = (left: Moved, right: Moved) => left.rx < right.rx || left.tx < right.tx
    await expect
      .poll(
        async () => {
          const sums = await billed()
          return isLess(sums, owed) ? { sums, owed } : 'all'
        },
        { message: `what ${region} is owed and billed` },
      )
      .toBe('all')
    const sums = await billed()
    const moved = await wire()
    expect(isLess(moved, sums), `${region} billed ${JSON.stringify(sums)} of ${JSON.stringify(moved)} on the wire`).toBe(false)
    expect(sums.rx).toBeGreaterThan(0)
    console.log(
      `Billed in ${region}: ${JSON.stringify(sums)}, owed ${JSON.stringify(owed)} (${counts.owing} of ${counts.lives} lives before the last), on the wire ${JSON.stringify(moved)}.`,
    )
  }
}
