import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'

// Every contract of the package, so that a new one enrols itself.
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
const modules: Record<string, unknown>[] = await Promise.all(files.map((name) => import(`./${name}`)))
const contracts = modules.flatMap((module) =>
  Object.entries(module).filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType),
)

test.each(contracts)('%s can be told as JSON Schema, for those who send and those who receive it', (name, contract) => {
  for (const io of ['input', 'output'] as const)
    expect(z.toJSONSchema(contract, { io }), name).toMatchObject({ $schema: expect.any(String) })
})

const requests = contracts.filter(
  ([name, contract]) =>
    /^(Create|Update|Register|Login|Refresh|Exchange|Rotate|Connect|Disconnect|Confirm|Delete|Page)/.test(name) &&
    contract instanceof z.ZodObject,
)

test('there are requests to look at', () => expect(requests.length).toBeGreaterThan(12))

test.each(requests)('%s refuses a field nobody knows', (_, contract) => {
  const parsed = contract.safeParse({ tenantId: 'mine' })
  expect(parsed.error?.issues).toContainEqual(expect.objectContaining({ code: 'unrecognized_keys', keys: ['tenantId'] }))
})
