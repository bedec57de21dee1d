import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { fastify } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { Deps } from './deps.ts'
import { newId } from './ids.ts'
import { auth } from './plugins/auth.ts'
import { errorHandler } from './plugins/error-handler.ts'
import { idempotency } from './plugins/idempotency.ts'

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
    genReqId: newId,
    bodyLimit: 65_536,
    requestTimeout: 30_000,
    trustProxy: deps.env.TRUST_PROXY.length > 0 ? deps.env.TRUST_PROXY : false,
    routerOptions: { ignoreTrailingSlash: false },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)

  await app.register(errorHandler)
  await app.register(auth, { deps })
  await app.register(idempotency, { deps })

  // Routes, one line each.
  return app
}
