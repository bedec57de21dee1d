import { CVaultError } from './errors.ts'

type Kind = 'string' | 'number' | 'object' | 'array'

/**
 * Hold an answer to what the SDK or its caller would break on first: named fields, of a kind. Not a second contract:
 * the API keeps its own; this tells a server that is not the API, or lies.
 */
export function shaped<T>(body: unknown, fields: Record<string, Kind>, remedy = 'check baseUrl'): T {
  const value = (typeof body === 'object' ? body : null) as Record<string, unknown> | null
  for (const [name, kind] of Object.entries(fields)) {
    const field = value === null || !Object.hasOwn(value, name) ? undefined : value[name]
    const found = Array.isArray(field) ? 'array' : field === null ? 'null' : typeof field
    if (found !== kind) throw new CVaultError('INVALID_RESPONSE', `The answer has no usable "${name}": ${remedy}.`)
  }
  return value as T
}
