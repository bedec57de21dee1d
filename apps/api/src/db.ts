import { PrismaPg } from '@prisma/adapter-pg'
import type { FastifyBaseLogger } from 'fastify'
import { Pool } from 'pg'
import { Prisma, PrismaClient } from './generated/prisma/client.ts'
import { watchPool } from './watch-pool.ts'

export type Tx = Prisma.TransactionClient
export type Db = PrismaClient | Tx

/** A pool that says in the log what happens to its connections, and closes those of a database that hangs. */
export function openPool(
  databaseUrl: string,
  { size, log, patienceMs }: { size: number; log: FastifyBaseLogger; patienceMs?: number },
): Pool {
  const pool = createPool(databaseUrl, size, patienceMs)
  pool.on('error', (error) => log.warn({ err: error }, 'idle database connection failed'))
  // The pool listens to those that nobody uses. One that breaks between two statements of a transaction would end the process.
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ err: error }, 'database connection failed')))
  watchPool(pool, databaseUrl, log)
  return pool
}

/** One pool serves Prisma and the prepared statements of the hot paths. `patienceMs`: how long a caller waits for a connection. */
export function createPool(databaseUrl: string, size: number, patienceMs = 3_000): Pool {
  return new Pool({
    connectionString: databaseUrl,
    max: size,
    connectionTimeoutMillis: patienceMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    statement_timeout: 5_000,
    idle_in_transaction_session_timeout: 15_000,
    application_name: 'cvault-api',
    // A prepared statement keeps the plan of the moment when its table was nearly empty, and that is to read it whole.
    options: '-c enable_seqscan=off',
  })
}

export const createPrisma = (pool: Pool): PrismaClient => new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) })

/** Whether the error is a unique violation, from Prisma or from `pg` itself. */
export function isUniqueViolation(error: unknown): boolean {
  return (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') || sqlState(error) === '23505'
}

/** The constraint or index that was violated, where PostgreSQL named one. */
export function violatedConstraint(error: unknown): string | undefined {
  const text = JSON.stringify(error instanceof Prisma.PrismaClientKnownRequestError ? error.meta : error)
  return /"constraint":(?:"([^"]+)"|\{"index":"([^"]+)"\})/
    .exec(text ?? '')
    ?.slice(1)
    .find(Boolean)
}

/** Serialization failure or deadlock: the same transaction may succeed when run again. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2034') return true
  const state = sqlState(error)
  return state === '40001' || state === '40P01'
}

/** The database cannot be reached or gave up in time: ours to answer with 503, the caller's to try again. */
export function isDatabaseDown(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true
  if (error instanceof Prisma.PrismaClientKnownRequestError && /^P10|^P2024$|^P2028$|^P1017$/.test(error.code)) return true
  // Raw queries and COMMIT come without a code of Prisma's own.
  if (/^(ConnectionClosed|DatabaseNotReachable|SocketTimeout|TlsConnectionError|TooManyConnections)$/.test(driverKind(error) ?? ''))
    return true
  const state = sqlState(error)
  if (state !== undefined) return /^(08|53|57P|57014|58)/.test(state)
  return (
    error instanceof Error &&
    /ECONNREFUSED|ECONNRESET|EPIPE|timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/.test(
      `${String((error as { code?: string }).code ?? '')} ${error.message}`,
    )
  )
}

/** What the driver adapter made of it, whether Prisma wrapped that or not. */
function driverKind(error: unknown): string | undefined {
  const { name, cause, meta } = (error ?? {}) as {
    name?: string
    cause?: { kind?: string }
    meta?: { driverAdapterError?: { cause?: { kind?: string } } }
  }
  return name === 'DriverAdapterError' ? cause?.kind : meta?.driverAdapterError?.cause?.kind
}

// What the driver adapter throws at COMMIT has a cause that is no Error. EPIPE has five letters too, and P… are Prisma's own.
function sqlState(error: unknown): string | undefined {
  for (let current: unknown = error; typeof current === 'object' && current !== null; current = (current as { cause?: unknown }).cause) {
    const { code, originalCode, meta } = current as Coded & { meta?: { driverAdapterError?: { cause?: Coded } } }
    const { cause } = meta?.driverAdapterError ?? {}
    for (const state of [code, originalCode, cause?.originalCode, cause?.code])
      if (typeof state === 'string' && /^[0-9FHX][0-9A-Z]{4}$/.test(state)) return state
  }
  return undefined
}

type Coded = { code?: unknown; originalCode?: unknown }
