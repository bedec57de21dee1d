import type { Api } from '../api.ts'
import { shaped } from '../shape.ts'
import type { RequestOptions, Server } from '../types.ts'

export interface Servers {
  /** The pool's servers by region and name. Needs nobody signed in. */
  list(options?: RequestOptions): Promise<Server[]>
}

export function createServers(api: Api): Servers {
  return {
    async list(options) {
      const { body } = await api.asTenant({ method: 'GET', path: '/servers' }, options)
      return shaped<{ servers: Server[] }>(body, { servers: 'array' }).servers
    },
  }
}
