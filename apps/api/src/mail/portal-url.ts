import type { BaseCtx } from '../context.ts'

/** For a mail, from our own configuration: no header of a request says where a link leads. */
export const portalUrl = (ctx: BaseCtx, path: string): string => new URL(path, ctx.deps.env.PORTAL_URL ?? 'http://localhost:3001').href
