export interface FieldDiff {
  /** Where in the value: `limits.users`. */
  field: string
  before: string | null
  after: string | null
  isChanged: boolean
}

/**
 * Two states of a thing, field by field in the order they are written, each value as text; null where there was none.
 * Lists of plain values stay together, since nobody reads `roles.3`.
 */
export function jsonDiff(before: unknown, after: unknown): FieldDiff[] {
  const [old, fresh] = [fieldsOf(before), fieldsOf(after)]
  return [...new Set([...fresh.keys(), ...old.keys()])].map((field) => {
    const [was, is] = [old.get(field) ?? null, fresh.get(field) ?? null]
    return { field, before: was, after: is, isChanged: was !== is }
  })
}

function fieldsOf(value: unknown): Map<string, string> {
  const fields = new Map<string, string>()
  if (value !== null && value !== undefined) collect(value, '', fields)
  return fields
}

function collect(value: unknown, path: string, fields: Map<string, string>): void {
  const parts = partsOf(value)
  if (parts === null) fields.set(path === '' ? 'value' : path, textOf(value))
  else for (const [name, part] of parts) collect(part, path === '' ? name : `${path}.${name}`, fields)
}

/** What to look into, or null for what is shown as it is. */
function partsOf(value: unknown): [string, unknown][] | null {
  if (typeof value !== 'object' || value === null) return null
  const parts = Object.entries(value)
  if (parts.length === 0 || (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null))) return null
  return parts
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(textOf).join(', ')
  if (value === null || value === '') return 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
