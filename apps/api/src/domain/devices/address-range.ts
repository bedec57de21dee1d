/** The IPv4 addresses that begin with these octets, e.g. `10.8.` or `10.8.0.7`; null when it is no beginning of one. */
export function addressRange(text: string): { first: string; last: string } | null {
  if (!/^\d{1,3}(\.\d{1,3}){0,3}\.?$/.test(text)) return null
  const octets = text.split('.').filter(Boolean)
  if (octets.length < 2 || octets.some((octet) => Number(octet) > 255)) return null
  const fill = (octet: string): string => [...octets, octet, octet, octet].slice(0, 4).map(Number).join('.')
  return { first: fill('0'), last: fill('255') }
}
