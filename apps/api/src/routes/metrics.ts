import { z } from 'zod'
import type { App } from '../app.ts'
import type { Deps } from '../deps.ts'

const MetricsText = z.string().meta({ description: 'Prometheus text format' })

export async function metrics(app: App, { deps }: { deps: Deps }): Promise<void> {
  app.get(
    '/metrics',
    {
      config: { access: 'operator' },
      schema: {
        tags: ['System'],
        summary: 'Metrics of this process for Prometheus',
        operationId: 'getMetrics',
        response: { 200: { description: 'Prometheus text format', content: { 'text/plain': { schema: MetricsText } } } },
      },
    },
    async (_request, reply) => {
      const { registry } = deps.metrics
      return reply
        .type(registry.contentType)
        .serializer(String)
        .send(await registry.metrics())
    },
  )
}
