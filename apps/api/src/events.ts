import type { BaseCtx } from './context.ts'
import type { Prisma } from './generated/prisma/client.ts'
import { newId } from './ids.ts'

/** Put an event in the outbox, in the caller's transaction. `type` is `entity.past-participle`; `data` holds ids, never secrets. */
export async function emitEvent(
  ctx: BaseCtx & { tenantId?: string },
  type: string,
  data: Prisma.InputJsonObject,
  tenantId?: string,
): Promise<void> {
  await ctx.db.event.create({ data: { id: newId(), tenantId: tenantId ?? ctx.tenantId ?? null, type, data } })
}
