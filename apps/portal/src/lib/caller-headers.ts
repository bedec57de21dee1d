/** Whose request it is, for the API's limits and its audit log: it believes them when the portal is among its trusted proxies. */
export function callerHeadersOf(incoming: Pick<Headers, 'get'>): Record<string, string> {
  const [address, program] = [incoming.get('x-forwarded-for'), incoming.get('user-agent')]
  return { ...(address && { 'x-forwarded-for': address }), ...(program && { 'user-agent': program.slice(0, 512) }) }
}
