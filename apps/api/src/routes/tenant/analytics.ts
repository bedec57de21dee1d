import {
  AnalyticsBandwidth,
  AnalyticsExportQuery,
  AnalyticsPeakHours,
  AnalyticsQuery,
  AnalyticsRegions,
  AnalyticsServers,
  AnalyticsUsers,
} from '@cvault/schema/analytics'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { csvStream } from '../../csv.ts'
import { usageCsvHeader, usageCsvRows } from '../../domain/analytics/export.ts'
import { readActiveUsers, readBandwidth, readPeakHours, readRegions, readServers } from '../../domain/analytics/read.ts'
import { memberCtx } from '../../plugins/auth.ts'

const config = { access: 'dashboard:read' } as const
const tags = ['Portal: analytics']
const querystring = AnalyticsQuery
const Csv = z.string().meta({ description: 'RFC 4180, with a header' })

export const tenantAnalytics: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/bandwidth',
    { config, schema: { tags, summary: 'Bandwidth over time', querystring, response: { 200: AnalyticsBandwidth } } },
    async (request) => readBandwidth(memberCtx(request), request.query),
  )

  app.get(
    '/users',
    { config, schema: { tags, summary: 'Active users by day', querystring, response: { 200: AnalyticsUsers } } },
    async (request) => readActiveUsers(memberCtx(request), request.query),
  )

  app.get(
    '/peak-hours',
    { config, schema: { tags, summary: 'The hours of a week, averaged', querystring, response: { 200: AnalyticsPeakHours } } },
    async (request) => readPeakHours(memberCtx(request), request.query),
  )

  app.get(
    '/regions',
    { config, schema: { tags, summary: 'Use by region', querystring, response: { 200: AnalyticsRegions } } },
    async (request) => readRegions(memberCtx(request), request.query),
  )

  app.get(
    '/servers',
    { config, schema: { tags, summary: 'Use by server', querystring, response: { 200: AnalyticsServers } } },
    async (request) => readServers(memberCtx(request), request.query),
  )

  app.get(
    '/export.csv',
    {
      config,
      schema: {
        tags,
        summary: 'Bandwidth over time as a file',
        operationId: 'exportAnalytics',
        querystring: AnalyticsExportQuery,
        response: { 200: { description: 'The file', content: { 'text/csv': { schema: Csv } } } },
      },
    },
    async (request, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="usage.csv"')
        .send(csvStream(usageCsvHeader(request.query), usageCsvRows(memberCtx(request), request.query)) as unknown as string),
  )
}
