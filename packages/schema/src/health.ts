import { z } from 'zod'
import { Timestamp } from './common.ts'

export const ComponentHealth = z
  .object({
    status: z.enum(['up', 'degraded', 'down', 'disabled']),
    latencyMs: z.number().nullable(),
    message: z.string().optional(),
  })
  .meta({ id: 'ComponentHealth' })
export type ComponentHealth = z.infer<typeof ComponentHealth>

export const Health = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    timestamp: Timestamp,
    components: z.object({ database: ComponentHealth, redis: ComponentHealth, servers: ComponentHealth, worker: ComponentHealth }),
  })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof Health>

export const Liveness = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness' })
export const Readiness = z.object({ status: z.enum(['ready', 'not-ready']) }).meta({ id: 'Readiness' })

export const SystemInfo = z
  .object({
    version: z.string(),
    nodeVersion: z.string(),
    roles: z.array(z.enum(['web', 'worker'])),
    startedAt: Timestamp,
    uptimeSeconds: z.number().int(),
    tenants: z.number().int(),
    servers: z.object({ active: z.number().int(), maintenance: z.number().int(), offline: z.number().int() }),
    devices: z.number().int(),
  })
  .meta({ id: 'SystemInfo' })
export type SystemInfo = z.infer<typeof SystemInfo>
