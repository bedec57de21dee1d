import { z } from 'zod'

const Operation = z.looseObject({
  tags: z.array(z.string()).default([]),
  security: z.array(z.record(z.string(), z.array(z.string()))).default([]),
})
type Operation = z.infer<typeof Operation>

const Specification = z.looseObject({
  tags: z.array(z.looseObject({ name: z.string() })).default([]),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({
    securitySchemes: z.record(z.string(), z.unknown()).default({}),
    schemas: z.record(z.string(), z.unknown()).default({}),
  }),
})
type Specification = z.infer<typeof Specification>

/** What tenants' apps and servers call, what the portal calls for their members, or both. */
export type Part = 'apps' | 'portal' | 'all'

const isOfPortal = ({ tags }: Operation): boolean => tags.some((tag) => tag.startsWith('Portal'))

const isOperators = ({ security }: Operation): boolean => security.some((way) => 'operator' in way)

const isIn: Record<Part, (operation: Operation) => boolean> = {
  apps: (operation) => !isOfPortal(operation),
  portal: isOfPortal,
  all: () => true,
}

/** The API's description of itself, for tenants; null when it cannot be had. */
export async function readSpecification(apiUrl: string, publicUrl: string, part: Part): Promise<Specification | null> {
  try {
    const response = await fetch(new URL('/openapi.json', apiUrl), { signal: AbortSignal.timeout(10_000), cache: 'no-store' })
    return response.ok ? forTenants(await response.json(), publicUrl, part) : null
  } catch (error) {
    console.error('The API’s description cannot be read', error)
    return null
  }
}

/** Without the operator's calls, and with the address where the tenants' apps reach the API. */
export function forTenants(specification: unknown, publicUrl: string, part: Part = 'all'): Specification {
  const whole = Specification.parse(specification)
  const paths = Object.fromEntries(
    Object.entries(whole.paths).flatMap(([path, operations]) => {
      const kept = Object.entries(operations).filter(([, operation]) => !isOperators(operation) && isIn[part](operation))
      return kept.length === 0 ? [] : [[path, Object.fromEntries(kept)] as const]
    }),
  )
  const operations = Object.values(paths).flatMap((path) => Object.values(path))
  const [tags, ways] = [
    new Set(operations.flatMap((each) => each.tags)),
    new Set(operations.flatMap((each) => each.security.flatMap(Object.keys))),
  ]
  return {
    ...whole,
    servers: [{ url: publicUrl.replace(/\/$/, '') }],
    tags: whole.tags.filter(({ name }) => tags.has(name)),
    paths,
    components: {
      ...whole.components,
      securitySchemes: only(whole.components.securitySchemes, ways),
      schemas: only(whole.components.schemas, schemasIn(paths, whole.components.schemas)),
    },
  }
}

const only = (from: Record<string, unknown>, names: Set<string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.has(name)))

/** The names of the schemas that a value refers to, and those that these refer to. */
function schemasIn(value: unknown, schemas: Record<string, unknown>, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (found.has(name)) continue
    found.add(name)
    schemasIn(schemas[name] ?? null, schemas, found)
  }
  return found
}
