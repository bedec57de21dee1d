/** Who may call a route. Every route declares one; boot refuses a route that does not. */
export type Access =
  /** Nobody in particular. */
  | 'public'
  /** `Authorization: Bearer <operator token>`. */
  | 'operator'
  /** `X-API-Key` (and `X-API-Secret` where sent or required). */
  | 'tenant'
  /** `X-API-Key` and `X-API-Secret`. */
  | 'tenant-secret'
  /** `X-API-Key` and `Authorization: Bearer <access token>`. */
  | 'user'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
}
