import type { BaseCtx } from '../../context.ts'

/** Work whose duration must not be seen in the answer. What fails is logged; whoever waits for a mail asks again. */
export function inBackground(ctx: BaseCtx, what: string, work: () => Promise<void>): void {
  work().catch((error: unknown) => ctx.log.error({ err: error }, `${what} failed after its answer`))
}
