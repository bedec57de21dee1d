import type { FastifyBaseLogger } from 'fastify'
import type { DestinationStream } from 'pino'
import { pino } from 'pino'

const secretFields = [
  'authorization',
  'cookie',
  'password',
  'refreshToken',
  'accessToken',
  'apiSecret',
  'privateKey',
  'presharedKey',
  'config',
  'token',
  'secret',
]
const secretHeaders = ['authorization', 'cookie', '["x-api-secret"]', '["x-api-key"]']

/** JSON lines on stdout (or `stream`); text is escaped by JSON, secrets by name first and by shape last. */
export function createLogger(level: string, stream?: DestinationStream): FastifyBaseLogger {
  return pino(
    {
      level,
      base: { service: 'cvault-api' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: {
        paths: [
          ...secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
          ...secretHeaders.flatMap((name) => [dot('headers', name), dot('req.headers', name), dot('*.headers', name)]),
        ],
        censor: (value, path) => (path.at(-1) === 'x-api-key' && typeof value === 'string' ? `${value.slice(0, 12)}…` : '[redacted]'),
      },
      hooks: { streamWrite: scrub },
    },
    ...(stream ? [stream] : []),
  )
}

type ErrorText = { type: string; message: string; code?: unknown; constraint?: unknown; stack?: string; cause?: ErrorText }

// Chosen fields only: `detail` and `where` of PostgreSQL's errors, and the call that Prisma prints before its last line, hold values.
function describeError(error: unknown, depth = 0): ErrorText {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) }
  const { code, constraint } = error as { code?: unknown; constraint?: unknown }
  const stack = error.stack?.split('\n').filter((line) => line.startsWith('    at '))
  return {
    type: error.name,
    message: error.name.startsWith('PrismaClient') ? (error.message.trim().split('\n').at(-1) ?? '') : error.message.slice(0, 2_000),
    ...(code === undefined ? {} : { code }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(stack === undefined ? {} : { stack: stack.slice(0, 20).join('\n') }),
    ...(error.cause === undefined || depth === 5 ? {} : { cause: describeError(error.cause, depth + 1) }),
  }
}

const dot = (base: string, name: string): string => (name.startsWith('[') ? base + name : `${base}.${name}`)

/** The last resort: what looks like one of our secrets leaves no process, whoever logged it and however. (No \b: a line break is `\n` here.) */
export function scrub(line: string): string {
  return line
    .replaceAll(/(cv[lmrst]_)[0-9A-Za-z]{20,}/g, '$1[redacted]')
    .replaceAll(/eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g, '[redacted jwt]')
    .replaceAll(/(PrivateKey|PresharedKey)(\s*=\s*)[A-Za-z0-9+/]{42,}=?/gi, '$1$2[redacted]')
    .replaceAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*/g, '[redacted private key]')
    .replaceAll(/(postgres(?:ql)?|rediss?|smtps?):\/\/[^\s"@/]*@/g, '$1://[redacted]@')
}
