import { Health, Liveness, Readiness } from '@cvault/schema/health'
import type { App } from '../app.ts'
import { createDatabaseProbe } from '../domain/system/database-probe.ts'
import { readHealth } from '../domain/system/read.ts'
import type { Deps } from '../deps.ts'
import { publicCtx } from '../plugins/auth.ts'

export async function health(app: App, { deps }: { deps: Deps }): Promise<void> {
  const probe = createDatabaseProbe(deps.pool)

  app.get(
    '/health',
    {
      config: { access: 'public' },
      schema: {
        tags: ['System'],
        summary: 'How each part of the service is',
        operationId: 'getHealth',
        response: { 200: Health, 503: Health },
      },
    },
    async (request, reply) => {
      const state = await readHealth(publicCtx(request), probe)
      return reply
        .code(state.status === 'unhealthy' ? 503 : 200)
        .header('cache-control', 'no-store')
        .send(state)
    },
  )

  app.get(
    '/livez',
    {
      config: { access: 'public', rateLimit: false },
      schema: { tags: ['System'], summary: 'Whether the process runs', operationId: 'getLiveness', response: { 200: Liveness } },
    },
    async () => ({ status: 'ok' as const }),
  )

  app.get(
    '/readyz',
    {
      config: { access: 'public', rateLimit: false },
      schema: {
        tags: ['System'],
        summary: 'Whether it can serve requests',
        operationId: 'getReadiness',
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const { isUp } = await probe()
      return reply
        .code(isUp ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status: isUp ? 'ready' : 'not-ready' })
    },
  )
}
