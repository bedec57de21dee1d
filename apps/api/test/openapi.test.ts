import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openapiApp, openapiText } from '../openapi/openapi-text.ts'

type Parameter = { name: string; in: string }
type Operation = { parameters?: Parameter[]; operationId?: string; summary?: string; tags?: string[]; responses: Record<string, unknown> }
type Document = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, unknown> } }

let text: string
let operations: Array<Operation & { name: string }>
beforeAll(async () => {
  text = await openapiText()
  const { paths } = JSON.parse(text) as Document
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, name: `${method.toUpperCase()} ${path}` })),
  )
})

test('the committed document is what the routes say now', async () => {
  const committed = await readFile(join(import.meta.dirname, '../openapi/openapi.json'), 'utf8')
  expect(committed === text, 'openapi.json is out of date: run pnpm --filter @cvault/api openapi, and commit it').toBe(true)
})

test('it is the same however often it is made', async () => expect(await openapiText()).toBe(text))

test('every operation says what it is', () => {
  for (const { name, summary, tags, operationId, responses } of operations) {
    expect(summary, `${name} has no summary`).toMatch(/^\S.{5,}/)
    expect(tags?.length, `${name} has no tags`).toBeGreaterThan(0)
    expect(tags, `${name} has no tags of its own`).not.toEqual(['Other'])
    expect(operationId, `${name} has no operationId`).toMatch(/^[a-z][A-Za-z]+$/)
    expect(
      Object.keys(responses).some((status) => status.startsWith('2')),
      `${name} documents no success`,
    ).toBe(true)
  }
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
})

test('documented paths are served as they are, and without a slash at their end alone', async () => {
  const { paths } = JSON.parse(text) as Document
  expect(Object.keys(paths).filter((path) => path.endsWith('/'))).toEqual([])
  const { app, close } = await openapiApp()
  const urls = app.routes.map(({ url }) => url)
  await close()
  expect(urls.filter((url) => url.startsWith('/api/') && url.endsWith('/'))).toEqual([])
})

test('no header comes with a value of its own, which every try would send', () => {
  const headers = operations.flatMap(({ parameters = [] }) => parameters.filter((each) => each.in === 'header'))
  expect(headers.map(({ name }) => name)).toContain('Idempotency-Key')
  expect(headers.filter((each) => /"(example|examples|default)":/.test(JSON.stringify(each)))).toEqual([])
})

test('every reference leads somewhere, and nothing is left over', () => {
  const { components } = JSON.parse(text) as Document
  const used = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? ''))
  expect([...used].sort()).toEqual(Object.keys(components.schemas).sort())
})
