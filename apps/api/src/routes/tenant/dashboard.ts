import {
  ActivityQuery,
  DashboardActivity,
  DashboardServers,
  DashboardStats,
  DashboardUsage,
  DashboardUsageQuery,
  Onboarding,
} from '@cvault/schema/dashboard'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { listActivity } from '../../domain/dashboard/activity.ts'
import { readOnboarding } from '../../domain/dashboard/onboarding.ts'
import { listServers } from '../../domain/dashboard/servers.ts'
import { readStats } from '../../domain/dashboard/stats.ts'
import { readDays } from '../../domain/dashboard/usage.ts'
import { memberCtx } from '../../plugins/auth.ts'

const config = { access: 'dashboard:read' } as const
const tags = ['Portal: dashboard']

export const tenantDashboard: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/stats',
    {
      config,
      schema: { tags, summary: 'The month so far, and last month to the same moment', response: { 200: DashboardStats } },
    },
    async (request) => readStats(memberCtx(request)),
  )

  app.get(
    '/usage',
    { config, schema: { tags, summary: 'The last days', querystring: DashboardUsageQuery, response: { 200: DashboardUsage } } },
    async (request) => readDays(memberCtx(request), request.query),
  )

  app.get(
    '/activity',
    {
      config,
      schema: { tags, summary: 'What happened lately, newest first', querystring: ActivityQuery, response: { 200: DashboardActivity } },
    },
    async (request) => listActivity(memberCtx(request), request.query),
  )

  app.get(
    '/servers',
    { config, schema: { tags, summary: 'The servers and their uptime', response: { 200: DashboardServers } } },
    async (request) => listServers(memberCtx(request)),
  )

  app.get(
    '/onboarding',
    { config, schema: { tags, summary: 'The steps to a first connected device', response: { 200: Onboarding } } },
    async (request) => readOnboarding(memberCtx(request)),
  )
}
