import type { FastifyBaseLogger } from 'fastify'
import { Redis } from 'ioredis'

/**
 * Redis accelerates and coordinates; nothing may wait for it or fail with it.
 * No queue while it is away, one short time-out, and reconnects in the background.
 */
export function openRedis(url: string, log: FastifyBaseLogger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    commandTimeout: 500,
    retryStrategy: (attempt) => Math.min(100 * attempt, 2_000),
    connectionName: 'cvault-api',
  })
  let isDown = false
  redis.on('ready', () => {
    if (isDown) log.info('Redis is back')
    isDown = false
  })
  redis.on('error', (error) => {
    if (!isDown) log.warn({ err: error }, 'Redis cannot be reached; going on without it')
    isDown = true
  })
  return redis
}
