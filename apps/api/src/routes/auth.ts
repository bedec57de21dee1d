import { AuthTokens, ExchangeToken, LoginUser, Me, RefreshTokens, RegisterUser } from '@cvault/schema/auth'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { exchangeToken } from '../domain/auth/exchange-token.ts'
import { loginUser } from '../domain/auth/login.ts'
import { logoutUser } from '../domain/auth/logout.ts'
import { getMe } from '../domain/auth/read.ts'
import { refreshTokens } from '../domain/auth/refresh.ts'
import { registerUser } from '../domain/auth/register.ts'
import { tenantCtx, userCtx } from '../plugins/auth.ts'

const tenant = { access: 'tenant' } as const
const tenantSecret = { access: 'tenant-secret' } as const
const user = { access: 'user' } as const
const tags = ['Auth']

export const authRoutes: FastifyPluginAsyncZod = async (app) => {
  // Every answer here is made for one caller, most of them hold tokens.
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))

  app.post(
    '/register',
    {
      config: tenant,
      schema: { tags, summary: 'Register a user by e-mail and password', body: RegisterUser, response: { 201: AuthTokens } },
    },
    async (request, reply) => reply.code(201).send(await registerUser(tenantCtx(request), request.body)),
  )

  app.post(
    '/login',
    { config: tenant, schema: { tags, summary: 'Log a user in', body: LoginUser, response: { 200: AuthTokens } } },
    async (request) => loginUser(tenantCtx(request), request.body),
  )

  app.post(
    '/refresh',
    {
      config: tenant,
      schema: { tags, summary: 'Exchange a refresh token for new tokens', body: RefreshTokens, response: { 200: AuthTokens } },
    },
    async (request) => refreshTokens(tenantCtx(request), request.body),
  )

  app.post(
    '/token',
    {
      config: tenantSecret,
      schema: { tags, summary: "Get tokens for one of your own server's users", body: ExchangeToken, response: { 200: AuthTokens } },
    },
    async (request) => exchangeToken(tenantCtx(request), request.body),
  )

  app.post(
    '/logout',
    { config: user, schema: { tags, summary: 'End this login on all its tokens', response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await logoutUser(userCtx(request))),
  )

  app.get('/me', { config: user, schema: { tags, summary: 'The user who is logged in', response: { 200: Me } } }, async (request) =>
    getMe(userCtx(request)),
  )
}
