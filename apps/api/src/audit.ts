import type { BaseCtx } from './context.ts'
import type { Prisma } from './generated/prisma/client.ts'
import { newId } from './ids.ts'

export type AuditInput = {
  /** `entity.verb`, e.g. `device.create`. */
  action: string
  target?: { type: string; id: string | null }
  result?: 'success' | 'denied' | 'failed'
  before?: Prisma.InputJsonValue | null
  after?: Prisma.InputJsonValue | null
  /** When the ctx is not bound to it: an operator acting on a tenant. */
  tenantId?: string | null
  actor?: BaseCtx['actor']
}

/** Write an audit row through `ctx.db`: inside `inTx` it stands or falls with the change. Never put a secret in it. */
export async function audit(ctx: BaseCtx & { tenantId?: string }, input: AuditInput): Promise<void> {
  const actor = input.actor ?? ctx.actor
  await ctx.db.auditEntry.create({
    data: {
      id: newId(),
      tenantId: input.tenantId === undefined ? (ctx.tenantId ?? null) : input.tenantId,
      actorType: actor.type,
      actorId: actor.id,
      action: input.action,
      targetType: input.target?.type ?? null,
      targetId: input.target?.id ?? null,
      result: input.result ?? 'success',
      ...(input.before ? { before: input.before } : {}),
      ...(input.after ? { after: input.after } : {}),
      ip: ctx.ip,
      userAgent: ctx.userAgent,
      requestId: ctx.requestId,
    },
  })
}
