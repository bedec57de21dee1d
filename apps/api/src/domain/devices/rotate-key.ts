import type { DeviceWithConfig, RotateDeviceKey } from '@cvault/schema/devices'
import type { UserCtx } from '../../context.ts'
import { isUniqueViolation } from '../../db.ts'
import type { RunSql } from '../../sql.ts'
import { inSqlTx } from '../../sql.ts'
import { writeTrail } from '../../trail.ts'
import { lockAccount } from '../account/shared.ts'
import { awaitPeer } from '../peers/shared.ts'
import { badPublicKey, chooseKeys, publicKeyInUse } from './keys.ts'
import { findTakenKeys } from './registration-limits.ts'
import type { DeviceRow } from './shared.ts'
import { findDevice, hostNetwork, lockDevice, privateKeyPlace, toDeviceWithConfig } from './shared.ts'
import { newId } from '../../ids.ts'

type NewKeys = { publicKey: string; privateKey: string | null; privateKeyEncrypted: Buffer | null }

/** Give a device another key pair, with the same address on the same server. The old key stops working at once. */
export async function rotateDeviceKey(ctx: UserCtx, deviceId: string, input: RotateDeviceKey): Promise<DeviceWithConfig> {
  const keys = await makeKeys(ctx, deviceId, input.publicKey)
  try {
    const row = await inSqlTx(
      ctx,
      (sql) => rotate(sql, ctx, deviceId, keys),
      (rotated) => toDeviceWithConfig(rotated, keys.privateKey),
    )
    return toDeviceWithConfig(row, keys.privateKey, await awaitPeer(ctx, row))
  } catch (error) {
    throw isUniqueViolation(error) ? publicKeyInUse() : error
  }
}

async function makeKeys(ctx: UserCtx, deviceId: string, sent: string | undefined): Promise<NewKeys> {
  const { publicKey, privateKey } = chooseKeys(sent)
  const privateKeyEncrypted = privateKey === null ? null : await ctx.deps.keyring.seal(privateKeyPlace(ctx.tenantId, deviceId), privateKey)
  return { publicKey, privateKey, privateKeyEncrypted }
}

async function rotate(sql: RunSql, ctx: UserCtx, deviceId: string, keys: NewKeys): Promise<DeviceRow> {
  await lockAccount(sql, ctx)
  const row = await lockDevice(sql, ctx, deviceId)
  if (keys.privateKey !== null && row.privateKeyEncrypted === null)
    throw badPublicKey('is required: this device keeps its own private key, so it has to make the new pair')
  if (keys.privateKey === null) {
    if (keys.publicKey === row.publicKey) throw badPublicKey('is the key the device has already; send a new one')
    if ((await findTakenKeys(sql, [keys.publicKey])).size > 0) throw publicKeyInUse()
  }
  await replacePeer(sql, ctx, row, keys)
  await writeTrail(sql, [
    {
      ctx,
      audit: {
        action: 'device.rotate-key',
        target: { type: 'device', id: deviceId },
        before: { publicKey: row.publicKey },
        after: { publicKey: keys.publicKey },
      },
      events: [{ type: 'device.key-rotated', data: { deviceId, userId: ctx.userId } }],
    },
  ])
  return findDevice(sql, ctx, deviceId)
}

// The new peer is desired as the old one was, so that who is suspended stays so.
async function replacePeer(sql: RunSql, ctx: UserCtx, row: DeviceRow, keys: NewKeys): Promise<void> {
  await sql({
    name: 'device-rotate',
    text: `WITH old AS (
             UPDATE peers p SET desired = 'removed', generation = nextval('peer_generation')
             FROM peers was WHERE p.id = $3::uuid AND was.id = p.id RETURNING was.desired),
           device AS (
             UPDATE devices SET public_key = $5, private_key_encrypted = $6::bytea WHERE tenant_id = $1::uuid AND id = $2::uuid)
           INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips, desired)
           SELECT $7::uuid, $1::uuid, $2::uuid, $4::uuid, $5, ARRAY[$8::text], old.desired FROM old`,
    values: [
      ctx.tenantId,
      row.id,
      row.peerId,
      row.serverId,
      keys.publicKey,
      keys.privateKeyEncrypted,
      newId(),
      hostNetwork(row.assignedIp),
    ],
  })
}
