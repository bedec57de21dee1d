import type { Api } from '../api.ts'
import { shaped } from '../shape.ts'
import type { RequestOptions, Usage, UserUsage } from '../types.ts'

export interface UsageOf {
  /** The account's usage of this month and its limits. For your server: needs `apiSecret`. Throws `API_SECRET_REQUIRED`. */
  get(options?: RequestOptions): Promise<Usage>
  /** The signed-in user's own usage of this month. */
  mine(options?: RequestOptions): Promise<UserUsage>
}

export function createUsage(api: Api): UsageOf {
  return {
    async get(options) {
      return shaped<Usage>((await api.asTenant({ method: 'GET', path: '/usage' }, options)).body, {
        currentPeriod: 'object',
        limits: 'object',
      })
    },
    async mine(options) {
      return shaped<UserUsage>((await api.asUser({ method: 'GET', path: '/usage/me' }, options)).body, { rxBytes: 'number', days: 'array' })
    },
  }
}
