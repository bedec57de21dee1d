import type { FastifyBaseLogger } from 'fastify'
import type { DestinationStream } from 'pino'
import { pino, stdSerializers } from 'pino'

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
      serializers: { err: stdSerializers.err },
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

const dot = (base: string, name: string): string => (name.startsWith('[') ? base + name : `${base}.${name}`)

/** The last resort: what looks like one of our secrets leaves no process, whoever logged it and however. */
export function scrub(line: string): string {
  return line
    .replaceAll(/\b(cv[sr]_)[0-9A-Za-z]{20,}/g, '$1[redacted]')
    .replaceAll(/\beyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g, '[redacted jwt]')
    .replaceAll(/\b(PrivateKey|PresharedKey)(\s*=\s*)[A-Za-z0-9+/]{42,}=?/gi, '$1$2[redacted]')
    .replaceAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs, '[redacted private key]')
    .replaceAll(/(postgres(?:ql)?|rediss?):\/\/[^\s"@/]*@/g, '$1://[redacted]@')
}
