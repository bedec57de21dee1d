import { isCVaultError } from './errors.ts'
import type { Sessions } from './sessions.ts'
import { newIdempotencyKey, type Call, type Transport } from './transport.ts'
import type { Answer } from './response.ts'
import type { RequestOptions } from './types.ts'

/** The two ways a call is made: with the tenant's key alone, or in the name of who is signed in. */
export interface Api {
  asTenant(call: Call, options?: RequestOptions): Promise<Answer>
  asUser(call: Call, options?: RequestOptions): Promise<Answer>
}

export function createApi(transport: Transport, sessions: Sessions): Api {
  return {
    asTenant: (call, options) => transport.send(call, options),
    async asUser(call, options = {}) {
      const session = await sessions.usable(options)
      // One key for both sends: the first may have acted before its answer was lost.
      const keyed = { ...options, idempotencyKey: options.idempotencyKey ?? newIdempotencyKey() }
      try {
        return await transport.send({ ...call, accessToken: session.accessToken }, keyed)
      } catch (error) {
        if (!isCVaultError(error) || !(error.code === 'TOKEN_EXPIRED' || error.code === 'INVALID_TOKEN')) throw error
        const renewed = await sessions.renew(session, options)
        return transport.send({ ...call, accessToken: renewed.accessToken }, keyed)
      }
    },
  }
}
