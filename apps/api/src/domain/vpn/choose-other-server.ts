import type { RunSql } from '../../sql.ts'
import type { DeviceRow } from '../devices/shared.ts'
import type { PlacedServer } from '../placement/shared.ts'
import { findServerState, placeOnServers, serverUnavailable } from '../placement/shared.ts'

/**
 * The server a device has to go to before it connects; null: it stays where it is. It has to when another region is asked
 * for or its server is closed (SERVER_UNAVAILABLE without another), and it does when its server is out of reach and another
 * has room. Maintenance is no reason: who is there stays.
 */
export async function chooseOtherServer(sql: RunSql, device: DeviceRow, region: string | undefined): Promise<PlacedServer | null> {
  if (region !== undefined && region !== device.region) {
    return (await placeOne(sql, { region }, device)) ?? unavailable(region)
  }
  const { isClosed, isUnreachable } = await findServerState(sql, device.serverId)
  if (!isClosed && !isUnreachable) return null
  const other = await placeOne(sql, { region: device.region, isFlexible: region === undefined }, device)
  return other ?? (isClosed ? unavailable(region ?? null) : null)
}

async function placeOne(sql: RunSql, request: { region: string; isFlexible?: boolean }, device: DeviceRow): Promise<PlacedServer | null> {
  return (await placeOnServers(sql, [request], device.serverId))[0] ?? null
}

function unavailable(region: string | null): never {
  throw serverUnavailable(region)
}
