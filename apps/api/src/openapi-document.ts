import { STATUS_CODES } from 'node:http'

type Document = { components?: { schemas?: Record<string, unknown> } | undefined; paths?: object | undefined }

/** The generator's document, tidied: only schemas in use, one name where a request and a response need not differ. */
export function tidyDocument<T extends object>(document: T): T {
  const { components = {}, paths = {} } = document as Document
  const schemas = components.schemas ?? {}
  const used = reachable(paths, schemas)

  const renamed = new Map<string, string>()
  for (const name of used) {
    const plain = name.replace(/Input$/, '')
    if (plain !== name && (!used.has(plain) || isSame(schemas[name], schemas[plain]))) renamed.set(name, plain)
  }
  const named = Object.fromEntries([...used].sort().map((name) => [renamed.get(name) ?? name, schemas[name]]))
  return JSON.parse(JSON.stringify({ ...document, components: { ...components, schemas: named } }), (key, value: unknown) => {
    if (key === '$ref' && typeof value === 'string') return value.replace(/[^/]+$/, (name) => renamed.get(name) ?? name)
    if (key === 'responses') return describeResponses(value as Record<string, { description?: string }>)
    return value
  }) as T
}

function reachable(from: unknown, schemas: Record<string, unknown>, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(from).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (found.has(name)) continue
    found.add(name)
    reachable(schemas[name], schemas, found)
  }
  return found
}

const isSame = (left: unknown, right: unknown): boolean => withoutInput(left) === withoutInput(right)
const withoutInput = (schema: unknown): string => JSON.stringify(schema).replaceAll(/Input"/g, '"')

function describeResponses(responses: Record<string, { description?: string }>): Record<string, { description?: string }> {
  for (const [status, response] of Object.entries(responses)) {
    if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? 'Answer'
  }
  return responses
}
