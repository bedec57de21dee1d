import type { JsonSchema } from './routes.ts'
import { isNullable, plain } from './samples.ts'
import type { Json, JsonObject } from './samples.ts'
import type { Request } from './world.ts'

export type Refusal = { what: string; request: Request; status: number; code: string }

const invalid = { status: 422, code: 'VALIDATION_FAILED' } as const
const malformed = { status: 400, code: 'MALFORMED_JSON' } as const
const wrongType = { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' } as const

/** Every way we know to send a route a body that it must not take. */
export function bodyRefusals(schema: JsonSchema, valid: JsonObject, columns: string[]): Refusal[] {
  const text = JSON.stringify(valid)
  const raw = (what: string, body: string, answer: { status: number; code: string }): Refusal => ({ what, request: { body }, ...answer })
  const typed = (contentType: string | null): Refusal => ({
    what: `content type ${contentType}`,
    request: { body: text, contentType },
    ...wrongType,
  })
  return [
    ...fieldRefusals(schema, valid).map(({ what, value }) => ({ what, request: { body: value }, ...invalid })),
    ...chunks(
      columns.filter((name) => !(name in (schema.properties ?? {}))),
      15,
    ).map((names) => ({
      what: `columns ${names.join(' ')}`,
      request: { body: { ...valid, ...Object.fromEntries(names.map((name) => [name, 'x'])) } },
      ...invalid,
    })),
    raw('an array', `[${text}]`, invalid),
    raw('a text', '"text"', invalid),
    raw('a number', '5', invalid),
    raw('cut JSON', text.slice(0, -1) || '{', malformed),
    raw('two documents', `${text}${text}`, malformed),
    raw('__proto__', `{"__proto__":{"tenantId":"x"},${text.slice(1)}`.replace(',}', '}'), malformed),
    raw('constructor', `{"constructor":{"prototype":{"x":1}},${text.slice(1)}`.replace(',}', '}'), malformed),
    raw('a thousand levels', `{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}`, { status: 400, code: 'BAD_REQUEST' }),
    raw('100 kB', JSON.stringify({ ...valid, filler: 'x'.repeat(100_000) }), { status: 413, code: 'PAYLOAD_TOO_LARGE' }),
    ...[
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      'application/json; charset=utf-16',
      'application/json;\tx',
      ' ',
    ].map(typed),
  ]
}

/** The same for a query, of which everything is text. */
export const queryRefusals = (schema: JsonSchema, valid: JsonObject): Refusal[] => [
  { what: 'an unknown parameter', request: { query: { ...valid, unheardOf: '1' } }, ...invalid },
  ...Object.entries(schema.properties ?? {}).flatMap(([field, one]) => [
    { what: `${field} twice`, request: { query: { ...valid, [field]: ['1', '2'] } }, ...invalid },
    { what: `${field} over-long`, request: { query: { ...valid, [field]: 'x'.repeat(5_000) } }, ...invalid },
    ...(plain(one).type === 'string' && !one.pattern && !one.format
      ? []
      : [{ what: `${field} of another shape`, request: { query: { ...valid, [field]: "' OR 1=1 --" } }, ...invalid }]),
  ]),
]

/** A path that names no thing. */
export const paramRefusals = (schema: JsonSchema, valid: JsonObject): Refusal[] =>
  Object.keys(schema.properties ?? {}).flatMap((field) =>
    ['not-an-id', "0' OR '1'='1", '../../admin/tenants', 'null', '00000000-0000-0000-0000-00000000000g'].map((value) => ({
      what: `${field} = ${value}`,
      request: { params: { ...valid, [field]: value } },
      ...invalid,
    })),
  )

function fieldRefusals(schema: JsonSchema, valid: JsonObject): Array<{ what: string; value: Json }> {
  const refusals: Array<{ what: string; value: Json }> = []
  for (const [field, one] of Object.entries(schema.properties ?? {})) {
    const put = (what: string, value: Json): void => void refusals.push({ what: `${field} ${what}`, value: { ...valid, [field]: value } })
    const { type, maxLength } = plain(one)
    for (const [name, value] of Object.entries(otherTypes))
      if (name !== type && !(name === 'number' && type === 'integer')) put(`a ${name}`, value)
    if (!isNullable(one)) put('null', null)
    if (type === 'string') put('over-long', 'x'.repeat(Math.max((maxLength ?? 0) + 1, 5_000)))
    if (type === 'integer') for (const value of [1.5, -1, 2 ** 53]) put(String(value), value)
    if (type === 'array') put('of other things', [{}])
  }
  for (const field of schema.required ?? []) {
    const { [field]: _missing, ...rest } = valid
    refusals.push({ what: `without ${field}`, value: rest })
  }
  for (const name of ['tenantId', 'tenant_id', 'role', 'isAdmin', 'unheardOf', '$where'])
    if (!(name in (schema.properties ?? {}))) refusals.push({ what: `with ${name}`, value: { ...valid, [name]: 'x' } })
  return refusals
}

const otherTypes = { object: {}, array: [], string: 'x', number: 5, boolean: true }

const chunks = <T>(list: T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size))
