import { z } from 'zod'

const Operation = z.looseObject({ security: z.array(z.record(z.string(), z.array(z.string()))).optional() })

const Specification = z.looseObject({
  tags: z.array(z.looseObject({ name: z.string() })).default([]),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ securitySchemes: z.record(z.string(), z.unknown()).default({}) }),
})
type Specification = z.infer<typeof Specification>

/** The API's description of itself, for tenants; null when it cannot be had. */
export async function readSpecification(apiUrl: string, publicUrl: string): Promise<Specification | null> {
  try {
    const response = await fetch(new URL('/openapi.json', apiUrl), { signal: AbortSignal.timeout(10_000), cache: 'no-store' })
    return response.ok ? forTenants(Specification.parse(await response.json()), publicUrl) : null
  } catch (error) {
    console.error('The API’s description cannot be read', error)
    return null
  }
}

/** Without the operator's calls, and with the address where the tenants' apps reach the API. */
export function forTenants(specification: unknown, publicUrl: string): Specification {
  const whole = Specification.parse(specification)
  const isOperators = ({ security = [] }: z.infer<typeof Operation>): boolean => security.some((way) => 'operator' in way)
  const paths = Object.entries(whole.paths).flatMap(([path, operations]) => {
    const kept = Object.entries(operations).filter(([, operation]) => !isOperators(operation))
    return kept.length === 0 ? [] : [[path, Object.fromEntries(kept)] as const]
  })
  const { operator: _, ...securitySchemes } = whole.components.securitySchemes
  return {
    ...whole,
    servers: [{ url: publicUrl.replace(/\/$/, '') }],
    tags: whole.tags.filter(({ name }) => !name.startsWith('Admin')),
    paths: Object.fromEntries(paths),
    components: { ...whole.components, securitySchemes },
  }
}
