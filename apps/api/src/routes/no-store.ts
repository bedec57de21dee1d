import type { onRequestHookHandler } from 'fastify'

/** For routes whose answers hold keys: no cache on the way may keep one, be it a success, a replay or an error. */
export const noStore: onRequestHookHandler = (_request, reply, done) => {
  reply.header('cache-control', 'no-store')
  done()
}
