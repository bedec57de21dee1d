import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { fastify, LogController } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { rewriteAlias } from './api-alias.ts'
import { createSerializerCompiler, validatorCompiler } from './compilers.ts'
import type { Deps } from './deps.ts'
import { requestId } from './ids.ts'
import { apiCalls } from './plugins/api-calls.ts'
import { auth } from './plugins/auth.ts'
import { entityTags } from './plugins/entity-tags.ts'
import { answerFrameworkError, clientErrorHandler, errorHandler } from './plugins/error-handler.ts'
import { idempotency } from './plugins/idempotency.ts'
import { jsonBody } from './plugins/json-body.ts'
import { openapi } from './plugins/openapi.ts'
import { addressLimit, tenantLimit } from './plugins/rate-limit.ts'
import { requestLog } from './plugins/request-log.ts'
import { requestMetrics } from './plugins/request-metrics.ts'
import { security } from './plugins/security.ts'
import { adminApiKeys } from './routes/admin/api-keys.ts'
import { adminServers } from './routes/admin/servers.ts'
import { adminTenants } from './routes/admin/tenants.ts'
import { authRoutes } from './routes/auth.ts'
import { devOutbox, hasDevOutbox } from './routes/dev-outbox.ts'
import { devices } from './routes/devices.ts'
import { health } from './routes/health.ts'
import { metrics } from './routes/metrics.ts'
import { servers } from './routes/servers.ts'
import { system } from './routes/system.ts'
import { tenantAccount } from './routes/tenant/account.ts'
import { tenantAnalytics } from './routes/tenant/analytics.ts'
import { tenantApiKeys } from './routes/tenant/api-keys.ts'
import { tenantAudit } from './routes/tenant/audit.ts'
import { tenantAuth } from './routes/tenant/auth.ts'
import { tenantDashboard } from './routes/tenant/dashboard.ts'
import { tenantDevices } from './routes/tenant/devices.ts'
import { tenantInvitations } from './routes/tenant/invitations.ts'
import { tenantMembers } from './routes/tenant/members.ts'
import { tenantSessions } from './routes/tenant/sessions.ts'
import { tenantSettings } from './routes/tenant/settings.ts'
import { tenantUsage } from './routes/tenant/usage.ts'
import { tenantUsers } from './routes/tenant/users.ts'
import { usage } from './routes/usage.ts'
import { vpn } from './routes/vpn.ts'

/** Fastify that reads its types from the zod schemas of each route. */
export type App = FastifyInstance<
  import('node:http').Server,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** Everything registered, one line each, in the order requests meet it. */
export async function buildApp(deps: Deps): Promise<App> {
  const app = fastify({
    loggerInstance: deps.log,
    http: { joinDuplicateHeaders: true }, // a credential sent twice is none, where Node would take the first
    logController: new LogController({ disableRequestLogging: true }), // plugins/request-log.ts writes one line a request
    genReqId: requestId,
    rewriteUrl: (request) => rewriteAlias(request.url ?? '/'),
    bodyLimit: 65_536,
    requestTimeout: 30_000,
    trustProxy: deps.env.TRUST_PROXY.length > 0 ? deps.env.TRUST_PROXY : false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 1_000 },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler,
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(createSerializerCompiler({ isChecked: deps.env.NODE_ENV !== 'production' }))

  await app.register(errorHandler, { deps })
  await app.register(requestLog)
  await app.register(requestMetrics, { deps })
  await app.register(security, { deps })
  await app.register(jsonBody)
  await app.register(addressLimit, { deps })
  await app.register(auth, { deps })
  await app.register(tenantLimit, { deps })
  await app.register(apiCalls, { deps })
  await app.register(idempotency, { deps })
  await app.register(entityTags)
  await app.register(openapi)

  // Routes, one line each.
  await app.register(health, { deps })
  await app.register(metrics, { deps })
  await app.register(system)
  if (hasDevOutbox(deps.env)) await app.register(devOutbox, { deps })
  if (!deps.env.ROLES.includes('web')) return app
  await app.register(adminTenants)
  await app.register(adminApiKeys)
  await app.register(adminServers)
  await app.register(servers)
  await app.register(authRoutes, { prefix: '/api/v1/auth' })
  await app.register(devices, { prefix: '/api/v1/devices' })
  await app.register(vpn, { prefix: '/api/v1/vpn' })
  await app.register(usage, { prefix: '/api/v1/usage' })
  await app.register(tenantAuth, { prefix: '/api/v1/tenant/auth' })
  await app.register(tenantAccount, { prefix: '/api/v1/tenant/account' })
  await app.register(tenantMembers, { prefix: '/api/v1/tenant/members' })
  await app.register(tenantInvitations, { prefix: '/api/v1/tenant/invitations' })
  await app.register(tenantDashboard, { prefix: '/api/v1/tenant/dashboard' })
  await app.register(tenantAnalytics, { prefix: '/api/v1/tenant/analytics' })
  await app.register(tenantUsage, { prefix: '/api/v1/tenant/usage' })
  await app.register(tenantUsers, { prefix: '/api/v1/tenant/users' })
  await app.register(tenantDevices, { prefix: '/api/v1/tenant/devices' })
  await app.register(tenantSessions, { prefix: '/api/v1/tenant/sessions' })
  await app.register(tenantApiKeys, { prefix: '/api/v1/tenant/api-keys' })
  await app.register(tenantSettings, { prefix: '/api/v1/tenant' })
  await app.register(tenantAudit, { prefix: '/api/v1/tenant' })
  return app
}
