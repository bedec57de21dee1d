/** Whether the API lets pages of this origin call it (CORS), asked as a browser would. Null: the API does not answer. */
export async function allowsOrigin(apiUrl: string, origin: string): Promise<boolean | null> {
  try {
    const response = await fetch(new URL('/api/v1/servers', apiUrl), {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-api-key' },
      signal: AbortSignal.timeout(3_000),
      cache: 'no-store',
    })
    const allowed = response.headers.get('access-control-allow-origin')
    return allowed === '*' || allowed === origin
  } catch {
    return null
  }
}
