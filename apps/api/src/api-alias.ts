/** When `/api/x` without a version stopped being the way, and when it stops working. */
const deprecatedSince = new Date('2026-11-21T00:00:00Z')
const sunset = new Date('2027-11-21T00:00:00Z')

/** `/api/x` is `/api/v1/x`; a path that names a version stays as it is. */
export function rewriteAlias(url: string): string {
  return /^\/api\/(?!v\d+(?:[/?#]|$))/.test(url) ? `/api/v1/${url.slice('/api/'.length)}` : url
}

/** RFC 9745, RFC 8594, RFC 8288. */
export function aliasHeaders(url: string): Record<string, string> {
  const path = url.split('?', 1)[0]?.replaceAll(/[<>"\s]/g, '') ?? ''
  return {
    deprecation: `@${deprecatedSince.getTime() / 1_000}`,
    sunset: sunset.toUTCString(),
    link: `<${path}>; rel="successor-version"`,
  }
}
