import type { CreateDevice, DeviceWithConfig } from '@cvault/schema/devices'
import type { UserCtx } from '../../context.ts'
import { newId } from '../../ids.ts'
import { awaitPeer } from '../peers/shared.ts'
import { chooseKeys } from './keys.ts'
import { privateKeyPlace, toDeviceWithConfig } from './shared.ts'

/** Register a device: keys, address, server and peer. Waits a moment for the server to have the peer. */
export async function createDevice(ctx: UserCtx, input: CreateDevice): Promise<DeviceWithConfig> {
  const id = newId()
  const { publicKey, privateKey } = chooseKeys(input.publicKey)
  const privateKeyEncrypted = privateKey === null ? null : await ctx.deps.keyring.seal(privateKeyPlace(ctx.tenantId, id), privateKey)
  const row = await ctx.deps.registrar({
    ctx,
    id,
    deviceName: input.deviceName,
    publicKey,
    privateKey,
    privateKeyEncrypted,
    serverRegion: input.serverRegion ?? null,
  })
  return toDeviceWithConfig(row, privateKey, await awaitPeer(ctx, row))
}
