import { expect, test } from 'vitest'
import { z } from 'zod'
import './validation-messages.ts'

const said = (schema: z.ZodType, value: unknown): string | undefined => schema.safeParse(value).error?.issues[0]?.message

test.each([
  [z.object({ name: z.string() }), {}, 'is required'],
  [z.object({}), undefined, 'is required: send a JSON object'],
  [z.string(), 5, 'must be a string'],
  [z.number(), 'five', 'must be a number'],
  [z.int(), 1.5, 'must be an integer'],
  [z.array(z.string()), 'a', 'must be an array'],
  [z.string().min(8), 'short', 'must have at least 8 characters'],
  [z.string().min(1), '', 'must have at least 1 character'],
  [z.string().max(2), 'abc', 'must have at most 2 characters'],
  [z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 item'],
  [z.number().min(0), -1, 'must be at least 0'],
  [z.number().positive(), 0, 'must be more than 0'],
  [z.number().max(200), 201, 'must be at most 200'],
  [z.enum(['active', 'suspended']), 'banana', 'must be one of active, suspended'],
  [z.literal('yes'), 'no', 'must be yes'],
  [z.uuid(), 'nope', 'must be a UUID'],
  [z.iso.datetime(), 'soon', 'must be a time such as 2026-01-31T12:00:00Z'],
  [z.string().regex(/^a$/, 'must be the letter a'), 'b', 'must be the letter a'],
])('%#: %j says "%s" after the field', (schema, value, message) => {
  expect(said(schema, value)).toBe(message)
})
