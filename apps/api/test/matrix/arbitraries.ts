import fc from 'fast-check'
import type { JsonSchema } from './routes.ts'

/** What has broken somebody's API before. */
const nasty = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\r\nX-Injected: 1',
  '\ud800',
  '\u202e\u2028',
  "' OR 1=1 --",
  '"; DROP TABLE tenants; --',
  '$(reboot)',
  '`id`',
  '${7*7}',
  '{{7*7}}',
  '../../../etc/passwd',
  '%00',
  '%ff',
  '[Peer]\nAllowedIPs = 0.0.0.0/0',
  '<script>alert(1)</script>',
  '-oProxyCommand=reboot',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '1e999',
  '9'.repeat(400),
  'é'.repeat(300),
  '😀'.repeat(100),
]

const anyText = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 300 }))

export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, [], {}, [[]], { a: { b: [] } }, ['x'], { length: 1 }),
)

/** A cursor that is almost one of ours. */
const cursor = fc
  .tuple(fc.oneof(anyText, fc.constant('2026-11-21T00:00:00.000Z')), fc.oneof(anyText, fc.uuid()))
  .map(([left, right]) => Buffer.from(`${left}|${right}`).toString('base64url'))

const mixedValue = (schema: JsonSchema, field: string, ids: string[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: fittingValue(schema, field, ids) }, { weight: 1, arbitrary: hostile }, { weight: 1, arbitrary: anyText })

function fittingValue(schema: JsonSchema, field: string, ids: string[]): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => fittingValue(option, field, ids)))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.format === 'uuid') return fc.oneof(fc.constantFrom(...ids), fc.uuid())
  if (field === 'cursor') return fc.option(cursor, { nil: undefined, freq: 2 })
  switch (schema.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'number': {
      const [min, max] = [schema.minimum ?? -1_000, schema.maximum ?? 1_000_000]
      return fc.oneof(fc.constantFrom(min, max), fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) }))
    }
    case 'array':
      return fc.array(fittingValue(schema.items ?? {}, field, ids), { minLength: schema.minItems ?? 0, maxLength: 4 })
    case 'object':
      return fieldsOf(schema, ids)
    default:
      return fittingText(schema, field)
  }
}

function fittingText(schema: JsonSchema, field: string): fc.Arbitrary<unknown> {
  const safe = known[field]
  if (safe) return safe
  return fc.string({ minLength: schema.minLength ?? 1, maxLength: Math.min(schema.maxLength ?? 100, 100), unit: 'grapheme' })
}

const known: Record<string, fc.Arbitrary<unknown>> = {
  email: fc.oneof(fc.emailAddress(), fc.constantFrom('one@example.test', 'two@example.test')),
  password: fc.oneof(fc.string({ minLength: 8, maxLength: 128, unit: 'binary' }), fc.constant('a good long sample password 7')),
  // Nothing that a fuzzer makes up may be connected to.
  host: fc.constantFrom('127.0.0.1', '::1', 'localhost'),
  publicIp: fc.constantFrom('127.0.0.1', 'vpn.example.test'),
  region: fc.constantFrom('us-east', 'eu-west'),
  serverRegion: fc.constantFrom('us-east', 'eu-west'),
  sshUser: fc.constant('cvault'),
  hostKey: fc.constant(`SHA256:${'A'.repeat(43)}`),
  interfaceName: fc.constantFrom('wg0', 'wg1'),
  publicKey: fc.oneof(
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    fc.constant(`${'A'.repeat(43)}=`),
  ),
  refreshToken: fc.string({ minLength: 1, maxLength: 200 }),
  expiresAt: fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString()),
}

/** Fields for a schema: half of the time all of them fit, so that the fuzzer gets past the door; else some do not, or nobody asked for them. */
export function fieldsOf(schema: JsonSchema, ids: string[]): fc.Arbitrary<Record<string, unknown>> {
  const extra = fc.option(fc.tuple(anyText, hostile), { nil: undefined, freq: 3 })
  const mixed = fc
    .tuple(recordOf(schema, ids, mixedValue), extra)
    .map(([fields, more]) => (more ? { ...fields, [more[0]]: more[1] } : fields))
  return fc.oneof(recordOf(schema, ids, fittingValue), mixed)
}

function recordOf(schema: JsonSchema, ids: string[], valueOf: typeof fittingValue): fc.Arbitrary<Record<string, unknown>> {
  const required = new Set(schema.required ?? [])
  const fields = Object.entries(schema.properties ?? {}).map(([field, one]) => {
    const value = valueOf(one, field, ids)
    return [field, required.has(field) ? value : fc.option(value, { nil: undefined, freq: 2 })] as const
  })
  return fc.record(Object.fromEntries(fields))
}
