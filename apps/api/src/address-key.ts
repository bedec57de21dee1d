import { cidrOf, formatCidr, parseAddress } from '@cvault/wg/address'

/** An IPv4 address, or the /64 an IPv6 host can roam in. */
export function addressKey(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  const plain = (mapped ?? ip).split('%', 1)[0] ?? ''
  if (!plain.includes(':')) return plain
  try {
    return formatCidr(cidrOf(parseAddress(plain), 64))
  } catch {
    return plain
  }
}
