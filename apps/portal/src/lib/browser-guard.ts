/**
 * Whether a request that changes something was made by a page of ours. Browsers say so themselves; one that says nothing
 * (no Sec-Fetch-Site and no Origin) is no browser that could be tricked into it, but none of ours either.
 */
export function isSameOrigin(method: string, headers: Headers, host: string): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return true
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  const origin = headers.get('origin')
  return origin !== null && URL.canParse(origin) && new URL(origin).host === host
}

/** Scripts by nonce only, nothing from anywhere else but the origins a page calls. Development needs eval for its own tools. */
export function contentSecurityPolicy(nonce: string, isDevelopment: boolean, connectTo: string[] = []): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ''}`,
    `style-src 'self' ${isDevelopment ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "img-src 'self' data: https:",
    "font-src 'self'",
    ["connect-src 'self'", ...connectTo, ...(isDevelopment ? ['ws:'] : [])].join(' '),
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Pages whose address holds the token of a mailed link. */
const tokenPages = /^\/(invite|reset|verify)$/

/** What every answer tells a browser. `same-origin` and not `no-referrer`, which would have a form sent as from `Origin: null`. */
export function securityHeaders(pathname: string, isHttps: boolean): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': tokenPages.test(pathname) ? 'same-origin' : 'strict-origin-when-cross-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    ...(isHttps && { 'strict-transport-security': 'max-age=31536000' }),
  }
}
