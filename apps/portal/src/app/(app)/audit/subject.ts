const names = ['deviceName', 'name', 'email', 'externalUserId', 'region']

/** By what people know the thing an entry is about: the first name found in what it says of after or before. */
export function subjectOf(...states: unknown[]): string | null {
  for (const state of states) {
    if (typeof state !== 'object' || state === null) continue
    for (const name of names) {
      const value: unknown = (state as Record<string, unknown>)[name]
      if (typeof value === 'string' && value !== '') return value
    }
  }
  return null
}
