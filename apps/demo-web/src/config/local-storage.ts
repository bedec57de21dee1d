/** Null where the browser blocks site data: reading the property throws there. */
export function localStorageOrNull(): Storage | null {
  try {
    return globalThis.localStorage
  } catch {
    return null
  }
}
