import type { Device, UpdateDevice } from '@cvault/schema/devices'
import type { UserCtx } from '../../context.ts'
import { assertSeen } from '../../entity-tag.ts'
import { inSqlTx } from '../../sql.ts'
import { writeTrail } from '../../trail.ts'
import { lockDevice, toDevice } from './shared.ts'

export async function renameDevice(ctx: UserCtx, deviceId: string, { deviceName }: UpdateDevice): Promise<Device> {
  return inSqlTx(ctx, async (sql) => {
    const row = await lockDevice(sql, ctx, deviceId)
    if (row.deviceName === deviceName) return toDevice(row)
    assertSeen(ctx, row)
    await sql({
      name: 'device-rename',
      text: 'UPDATE devices SET device_name = $3 WHERE tenant_id = $1::uuid AND id = $2::uuid',
      values: [ctx.tenantId, deviceId, deviceName],
    })
    await writeTrail(sql, [
      {
        ctx,
        audit: {
          action: 'device.rename',
          target: { type: 'device', id: deviceId },
          before: { deviceName: row.deviceName },
          after: { deviceName },
        },
        events: [{ type: 'device.renamed', data: { deviceId, userId: ctx.userId } }],
      },
    ])
    return toDevice({ ...row, deviceName })
  })
}
