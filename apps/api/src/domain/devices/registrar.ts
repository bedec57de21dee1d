import type { Pool } from 'pg'
import { isUniqueViolation } from '../../db.ts'
import { AppError } from '../../errors.ts'
import type { GroupCommit, Outcome } from '../../group-commit.ts'
import { createGroupCommit } from '../../group-commit.ts'
import { recordResponses } from '../../responses.ts'
import type { RunSql } from '../../sql.ts'
import { withTransaction } from '../../sql.ts'
import { writeTrail } from '../../trail.ts'
import type { TakenAddress } from '../addresses/shared.ts'
import { takeAddresses } from '../addresses/shared.ts'
import type { PlacedServer } from '../placement/shared.ts'
import { placeOnServers, serverUnavailable } from '../placement/shared.ts'
import { publicKeyInUse } from './keys.ts'
import type { Registration } from './registration.ts'
import { insertDevices } from './registration.ts'
import { findTakenKeys, findTakenPeers, refuseByLimits } from './registration-limits.ts'
import type { DeviceRow } from './shared.ts'
import { toDeviceWithConfig } from './shared.ts'

export type Registrar = GroupCommit<Registration, DeviceRow>

/**
 * All registrations that wait go in one transaction of a few set-based statements, each with its own outcome.
 * Locks: tenants (shared) → users → servers → addresses, each by id, so that no two batches wait for each other in a ring.
 */
export function createRegistrar(pool: Pool): Registrar {
  return createGroupCommit<Registration, DeviceRow>({
    run: (items) => runAgainOnceSeen(() => withTransaction(pool, (sql) => registerBatch(sql, items))),
    isFaultOfOne: (error) => error instanceof AppError || /^2[23]/.test(String((error as { code?: unknown }).code)),
  })
}

// A key or address that another process committed between our look and our insert is seen, and refused, the next time.
async function runAgainOnceSeen<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return run()
  }
}

type Refusals = Map<Registration, AppError>

async function registerBatch(sql: RunSql, items: Registration[]): Promise<Array<Outcome<DeviceRow>>> {
  const refusals: Refusals = await refuseByLimits(sql, items)
  const standing = () => items.filter((item) => !refusals.has(item))

  await refuseTakenKeys(sql, standing(), refusals)
  const servers = await chooseServers(sql, standing(), refusals)
  await refuseTakenPeers(sql, standing(), servers, refusals)
  const addresses = await chooseAddresses(sql, standing(), refusals)

  const rows = await insertDevices(
    sql,
    standing().map((item) => ({ item, server: of(servers, item), address: of(addresses, item) })),
  )
  await writeTrail(
    sql,
    standing().map((item) => trailOf(item, of(rows, item))),
  )
  await recordResponses(
    sql,
    standing().flatMap((item) => {
      const { ctx, privateKey } = item
      return ctx.idempotency ? [{ ctx, request: ctx.idempotency, body: toDeviceWithConfig(of(rows, item), privateKey) }] : []
    }),
  )
  return items.map((item) => {
    const error = refusals.get(item)
    return error ? { error } : { result: of(rows, item) }
  })
}

async function refuseTakenKeys(sql: RunSql, items: Registration[], refusals: Refusals): Promise<void> {
  const own = items.filter(({ privateKey }) => privateKey === null)
  const taken = await findTakenKeys(
    sql,
    own.map(({ publicKey }) => publicKey),
  )
  for (const item of own) {
    if (taken.has(item.publicKey)) refusals.set(item, publicKeyInUse())
    taken.add(item.publicKey) // the first of a batch has it
  }
}

async function chooseServers(sql: RunSql, items: Registration[], refusals: Refusals): Promise<Map<Registration, PlacedServer>> {
  const placed = await placeOnServers(
    sql,
    items.map(({ serverRegion }) => ({ region: serverRegion })),
  )
  const servers = new Map<Registration, PlacedServer>()
  for (const [index, item] of items.entries()) {
    const server = placed[index]
    if (server) servers.set(item, server)
    else refusals.set(item, serverUnavailable(item.serverRegion))
  }
  return servers
}

async function refuseTakenPeers(
  sql: RunSql,
  items: Registration[],
  servers: Map<Registration, PlacedServer>,
  refusals: Refusals,
): Promise<void> {
  const own = items.filter(({ privateKey }) => privateKey === null)
  const taken = await findTakenPeers(
    sql,
    own.map((item) => ({ serverId: of(servers, item).id, publicKey: item.publicKey })),
  )
  for (const item of own) if (taken.has(item.publicKey)) refusals.set(item, publicKeyInUse())
}

async function chooseAddresses(sql: RunSql, items: Registration[], refusals: Refusals): Promise<Map<Registration, TakenAddress>> {
  if (items.length === 0) return new Map()
  const taken = await takeAddresses(
    sql,
    items.map(({ id, ctx }) => ({ deviceId: id, tenantId: ctx.tenantId })),
  )
  const addresses = new Map<Registration, TakenAddress>()
  for (const item of items) {
    const address = taken.get(item.id)
    if (address) addresses.set(item, address)
    else refusals.set(item, poolExhausted())
  }
  return addresses
}

const poolExhausted = (): AppError =>
  new AppError(
    'ADDRESS_POOL_EXHAUSTED',
    'No tunnel address is free right now. Delete a device, or try again when freed addresses have rested.',
  )

function trailOf(item: Registration, row: DeviceRow) {
  const device = { deviceId: row.id, userId: item.ctx.userId, serverId: row.serverId }
  return {
    ctx: item.ctx,
    audit: {
      action: 'device.create',
      target: { type: 'device', id: row.id },
      after: { deviceName: row.deviceName, publicKey: row.publicKey, assignedIp: row.assignedIp, serverId: row.serverId },
    },
    events: [{ type: 'device.created', data: device }],
  }
}

function of<Key, Value>(map: Map<Key, Value>, key: Key): Value {
  const value = map.get(key)
  if (value === undefined) throw new Error('A registration that was not refused lacks a part')
  return value
}
