import { Readable } from 'node:stream'
import { UsageChain, UsageIntervalsQuery } from '@cvault/schema/usage'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readUsageChain, usageIntervalLines } from '../../domain/usage/read-chain.ts'
import { memberCtx } from '../../plugins/auth.ts'

const config = { access: 'dashboard:read' } as const
const tags = ['Portal: analytics']
const Lines = z.string().meta({ description: 'One JSON object a line: the tenant, blocks of the chain, each followed by its intervals' })

export const tenantUsage: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/chain',
    { config, schema: { tags, summary: 'The head of the hash chain over your metering', response: { 200: UsageChain } } },
    async (request) => readUsageChain(memberCtx(request)),
  )

  app.get(
    '/intervals.ndjson',
    {
      config,
      schema: {
        tags,
        summary: 'Every metered interval of a time, to verify a bill with',
        operationId: 'exportUsageIntervals',
        querystring: UsageIntervalsQuery,
        response: { 200: { description: 'The file', content: { 'application/x-ndjson': { schema: Lines } } } },
      },
    },
    async (request, reply) =>
      reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', 'attachment; filename="intervals.ndjson"')
        .send(
          Readable.from(usageIntervalLines(memberCtx(request), request.query), {
            objectMode: false,
            highWaterMark: 65_536,
          }) as unknown as string,
        ),
  )
}
