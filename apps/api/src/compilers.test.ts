import { VpnServerStatus, VpnStatus } from '@cvault/schema/vpn'
import { DeviceList } from '@cvault/schema/devices'
import { TenantWithKeys } from '@cvault/schema/tenants'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createSerializerCompiler } from './compilers.ts'

const compile = (schema: z.ZodType, isChecked = false) =>
  createSerializerCompiler({ isChecked })({ schema, method: 'GET', url: '/test', httpStatus: '200' })

const Inner = z.object({ n: z.number(), when: z.iso.datetime() }).meta({ id: 'CompilersTestInner' })
const Everything = z.object({
  text: z.string(),
  maybe: z.string().nullable(),
  absent: z.string().optional(),
  count: z.number().int(),
  share: z.number().nullable(),
  isOn: z.boolean(),
  kind: z.enum(['a', 'b']),
  kindOrNull: z.enum(['a', 'b']).nullable(),
  fixed: z.literal('x'),
  inner: Inner,
  innerOrNull: Inner.nullable(),
  list: z.array(Inner),
  words: z.array(z.string()).nullable(),
})

const inner = fc.record({ n: fc.integer(), when: fc.constant('2026-11-21T00:00:00.000Z') })
const everything = fc.record(
  {
    text: fc.string({ unit: 'binary' }),
    maybe: fc.option(fc.string()),
    absent: fc.string(),
    count: fc.maxSafeInteger(),
    share: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value))),
    isOn: fc.boolean(),
    kind: fc.constantFrom('a', 'b'),
    kindOrNull: fc.option(fc.constantFrom('a', 'b')),
    fixed: fc.constant('x'),
    inner,
    innerOrNull: fc.option(inner),
    list: fc.array(inner, { maxLength: 3 }),
    words: fc.option(fc.array(fc.string())),
  },
  { requiredKeys: ['text', 'maybe', 'count', 'share', 'isOn', 'kind', 'kindOrNull', 'fixed', 'inner', 'innerOrNull', 'list', 'words'] },
)

describe('responses', () => {
  test('are what zod would have written, whatever the values', () => {
    const write = compile(Everything)
    fc.assert(
      fc.property(everything, (value) => {
        expect(JSON.parse(write(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 500 },
    )
  })

  test('drop what nobody listed, at every depth', () => {
    const write = compile(z.object({ a: z.string(), inner: Inner, list: z.array(Inner), or: Inner.nullable() }))
    const leaky = { n: 1, when: '2026-11-21T00:00:00.000Z', secret: 'canary' }
    const text = write({ a: 'x', inner: leaky, list: [leaky], or: leaky, tenantId: 'canary', privateKey: 'canary' })
    expect(text).not.toContain('canary')
    expect(JSON.parse(text)).toEqual({
      a: 'x',
      inner: { n: 1, when: leaky.when },
      list: [{ n: 1, when: leaky.when }],
      or: { n: 1, when: leaky.when },
    })
  })

  test('a union goes through zod', () => {
    const write = compile(z.object({ value: z.union([z.string(), z.object({ a: z.number() })]) }))
    expect([write({ value: 'x' }), write({ value: { a: 1, b: 2 } })]).toEqual(['{"value":"x"}', '{"value":{"a":1}}'])
  })

  test('a missing field is an error, never a gap', () => {
    expect(() => compile(z.object({ a: z.string(), b: z.number() }))({ a: 'x' })).toThrow(/"b" is required/)
  })

  test('outside of production a value that does not fit its schema is an error', () => {
    const write = compile(z.object({ text: z.string(), count: z.number().int() }), true)
    expect(write({ text: 'x', count: 1 })).toBe('{"text":"x","count":1}')
    expect(() => write({ text: null, count: 1 })).toThrow(/serialize|doesn't match|disagree/i)
    expect(() => write({ text: 'x', count: 1.5 })).toThrow(/serialize|doesn't match|disagree/i)
  })

  test.each([
    ['DeviceList', DeviceList],
    ['TenantWithKeys', TenantWithKeys],
    ['VpnStatus', VpnStatus],
    ['VpnServerStatus', VpnServerStatus],
  ])('%s needs no help of zod', (_name, schema) => expect(compile(schema).name).not.toBe(compile(z.union([z.string(), z.number()])).name))
})
