/** Which API the app speaks to, and as which tenant. Both parts are publishable. */
export interface AppConfig {
  baseUrl: string
  apiKey: string
  /** `deployment`: taken from /config.json, and follows it when it changes. */
  source: 'typed' | 'deployment'
}

export interface FieldErrors {
  baseUrl?: string
  apiKey?: string
}

const storageKey = 'cvault-demo.config'

/** What is wrong with what was typed, before anything is sent. */
export function findFieldErrors({ baseUrl, apiKey }: Pick<AppConfig, 'baseUrl' | 'apiKey'>): FieldErrors {
  const errors: FieldErrors = {}
  const urlError = findUrlError(baseUrl.trim())
  if (urlError !== null) errors.baseUrl = urlError
  const keyError = findKeyError(apiKey.trim())
  if (keyError !== null) errors.apiKey = keyError
  return errors
}

function findUrlError(value: string): string | null {
  if (value === '') return 'Say where the API is, for example https://api.example.com.'
  if (!URL.canParse(value)) return 'This is not a web address. It begins with https://, or http:// on this machine.'
  const url = new URL(value)
  if (url.protocol === 'https:') return null
  // "localhost:3000" is an address too, of the protocol "localhost".
  if (url.protocol !== 'http:') return 'Begin it with https://, or on this machine with http://.'
  return isLoopback(url.hostname) ? null : 'Use https://: over plain http:// anybody on the way can read passwords and keys.'
}

function findKeyError(value: string): string | null {
  if (value === '') return 'Paste the API key of your tenant. It begins with cvk_.'
  if (value.includes('cvs_'))
    return 'This is an API secret (cvs_…). It belongs on your servers only: in a browser everybody could read it. Use the API key (cvk_…).'
  return value.startsWith('cvk_') ? null : 'An API key begins with cvk_.'
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127(\.\d+){3}$/.test(hostname) || hostname === '[::1]'
}

/** Enough of a key to recognise it, e.g. `cvk_Ab12…9xYz`. */
export function maskKey(apiKey: string): string {
  return apiKey.length <= 12 ? `${apiKey.slice(0, 4)}…` : `${apiKey.slice(0, 8)}…${apiKey.slice(-4)}`
}

export function loadConfig(storage: Storage | null): AppConfig | null {
  try {
    return parseConfig(JSON.parse(storage?.getItem(storageKey) ?? 'null'))
  } catch {
    return null
  }
}

function parseConfig(value: unknown): AppConfig | null {
  if (typeof value !== 'object' || value === null) return null
  const { baseUrl, apiKey, source } = value as Record<string, unknown>
  if (typeof baseUrl !== 'string' || typeof apiKey !== 'string') return null
  if (Object.keys(findFieldErrors({ baseUrl, apiKey })).length > 0) return null
  return { baseUrl, apiKey, source: source === 'deployment' ? 'deployment' : 'typed' }
}

export function saveConfig(storage: Storage | null, config: AppConfig): void {
  storage?.setItem(storageKey, JSON.stringify(config))
}

export function forgetConfig(storage: Storage | null): void {
  storage?.removeItem(storageKey)
}
