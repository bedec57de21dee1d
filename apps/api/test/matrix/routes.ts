import type { RouteOptions } from 'fastify'
import { z } from 'zod'
import type { Access } from '../../src/access.ts'
import type { App } from '../../src/app.ts'

export type JsonSchema = {
  $ref?: string
  $defs?: Record<string, JsonSchema>
  type?: string
  format?: string
  pattern?: string
  enum?: unknown[]
  const?: unknown
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  minItems?: number
  default?: unknown
}

export type Part = 'params' | 'querystring' | 'body'
export type Route = { name: string; method: string; url: string; access: Access; parts: Partial<Record<Part, JsonSchema>> }

/** Every route there is, with the shapes of its inputs; what is registered tomorrow is in it tomorrow. */
export function routesOf(app: App): Route[] {
  return app.routes.filter(({ method, schema }) => method !== 'HEAD' && method !== 'OPTIONS' && !schema?.hide).map(describe)
}

function describe(route: RouteOptions): Route {
  const { url, config, schema } = route
  const method = String(route.method)
  const parts: Route['parts'] = {}
  for (const part of ['params', 'querystring', 'body'] as const) {
    const declared: unknown = schema?.[part]
    if (declared instanceof z.ZodType)
      parts[part] = inlined(z.toJSONSchema(declared, { io: 'input', unrepresentable: 'any' }) as JsonSchema)
    else if (declared !== undefined) throw new Error(`${method} ${url}: the ${part} schema is no zod schema`)
  }
  return { name: `${method} ${url}`, method, url, access: config?.access ?? 'public', parts }
}

/** Named schemas written out where they are used, so that whoever reads the shape need not look elsewhere. */
function inlined(schema: JsonSchema): JsonSchema {
  const definitions = schema.$defs ?? {}
  const { $defs: _definitions, ...rest } = schema
  return JSON.parse(JSON.stringify(rest), (_key, value: unknown) => {
    const name = (value as JsonSchema | null)?.$ref?.replace('#/$defs/', '')
    if (name === undefined) return value
    const { $ref: _reference, ...beside } = value as JsonSchema
    return { ...inlined({ ...definitions[name], $defs: definitions }), ...beside }
  }) as JsonSchema
}

type Documented = Record<string, Record<string, { responses: Record<string, unknown> }>>

/** The statuses the API document lists for the route. */
export function documentedStatuses(app: App, route: Route): number[] {
  const { paths } = app.swagger() as unknown as { paths: Documented }
  const operation = paths[route.url.replaceAll(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()]
  if (!operation) throw new Error(`${route.name} is not in the API document`)
  return Object.keys(operation.responses).map(Number)
}
