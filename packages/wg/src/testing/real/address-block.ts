import { requireSuccess, runCommand } from './run-command.ts'

/** A /24 of our own, cut into parts: .0/30 host link, .8/29 services, .64/26 server links, .128/25 client links. */
export type AddressBlock = {
  /** First three numbers with a dot at the end, e.g. `198.18.0.`. */
  prefix: string
  /** The host's end of the link to the internet. The name is the claim: no two can have it. */
  hostInterface: string
}

type Range = { first: number; last: number }

/** 198.18.0.0/15 is reserved for network tests, the others for examples. None is private: devices are kept from private networks. */
const testRange = Array.from({ length: 512 }, (_, n) => `198.${18 + (n >> 8)}.${n & 255}.`)
const prefixes = testRange.concat('192.0.2.', '198.51.100.', '203.0.113.')

/** Blocks that neither a route nor an interface of the host touches, best first. */
export async function freeAddressBlocks(): Promise<AddressBlock[]> {
  const routes = requireSuccess('ip route', await runCommand(['ip', '-4', 'route', 'show', 'table', 'all']))
  const used = routes.stdout.split('\n').flatMap(routeRange)
  return prefixes.flatMap((prefix, index) => {
    const first = ipNumber(`${prefix}0`)
    const isFree = used.every((range) => range.last < first || range.first > first + 255)
    return isFree ? [{ prefix, hostInterface: `cvlab${index}` }] : []
  })
}

function routeRange(line: string): Range[] {
  const match = /(?:^|\s)(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?(?=\s|$)/.exec(line)
  if (!match?.[1] || line.startsWith('default')) return []
  const bits = Number(match[2] ?? 32)
  if (bits < 8) return [] // another way to write a default route
  const size = 2 ** (32 - bits)
  const first = Math.floor(ipNumber(match[1]) / size) * size
  return [{ first, last: first + size - 1 }]
}

function ipNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
