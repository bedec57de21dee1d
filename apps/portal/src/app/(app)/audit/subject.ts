import type { AuditEntry } from '@cvault/schema/audit'

type Told = Pick<AuditEntry, 'actor' | 'target' | 'before' | 'after'>

/** What an entry is about, as people know it, and whose it is; null: nobody but who acted, or nothing that can be said. */
export function subjectOf({ actor, target, before, after }: Told): string | null {
  if (target !== null && target.id !== null && target.id === actor.id) return null
  // What it was called then comes before what it is called now.
  const name = nameIn(after, before) ?? target?.label ?? (target?.type === 'user' && target.id !== null ? 'a deleted user' : null)
  const owner = target?.user ?? null
  if (owner === null || owner.id === actor.id) return name
  return `${name ?? target?.type ?? ''} of ${owner.label ?? 'a deleted user'}`
}

const names = ['deviceName', 'name', 'email', 'externalUserId', 'region']

/** The first name found in what is said of a thing. */
export function nameIn(...states: unknown[]): string | null {
  for (const state of states) {
    if (typeof state !== 'object' || state === null) continue
    for (const name of names) {
      const value: unknown = (state as Record<string, unknown>)[name]
      if (typeof value === 'string' && value !== '') return value
    }
  }
  return null
}

const actors: Record<string, string> = {
  operator: 'CVault support',
  system: 'CVault, by itself',
  tenant: 'Your server',
  user: 'A deleted user',
  member: 'A former colleague',
  anonymous: 'Somebody not signed in',
}

/** Who did it. */
export function actorLabel({ type, label }: AuditEntry['actor']): string {
  if (type === 'tenant' && label !== null) return `Your server (key “${label}”)`
  return label ?? actors[type] ?? type
}
