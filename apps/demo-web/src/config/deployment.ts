/** What `/config.json` beside the app says: written by whoever serves it, absent on a plain static host. */
export interface Deployment {
  baseUrl: string
  apiKey: string
  /** An account that visitors may use. */
  user: { email: string; password: string } | null
  docsUrl: string | null
  portalUrl: string | null
  /** The servers carry no traffic. */
  simulated: boolean
}

/** Null when there is none: not found, offline, or a host that answers everything with its index page. */
export async function fetchDeployment(signal?: AbortSignal): Promise<Deployment | null> {
  try {
    const response = await fetch('/config.json', { cache: 'no-store', signal })
    return response.ok ? parseDeployment(await response.json()) : null
  } catch {
    return null
  }
}

export function parseDeployment(value: unknown): Deployment | null {
  if (typeof value !== 'object' || value === null) return null
  const { baseUrl, apiKey, user, docsUrl, portalUrl, simulated } = value as Record<string, unknown>
  if (typeof baseUrl !== 'string' || typeof apiKey !== 'string') return null
  return {
    baseUrl,
    apiKey,
    user: parseUser(user),
    docsUrl: parseLink(docsUrl),
    portalUrl: parseLink(portalUrl),
    simulated: simulated === true,
  }
}

function parseUser(value: unknown): Deployment['user'] {
  if (typeof value !== 'object' || value === null) return null
  const { email, password } = value as Record<string, unknown>
  return typeof email === 'string' && typeof password === 'string' ? { email, password } : null
}

/** Only web addresses: a link must never run a script. */
function parseLink(value: unknown): string | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return null
  return /^https?:$/.test(new URL(value).protocol) ? value : null
}
