import { requireSuccess, runCommand } from './run-command.ts'

/** A /24 of our own, cut into parts: .0/30 host link, .8/29 services, .64/26 server links, .128/25 client links. */
export type AddressBlock = {
  /** First three numbers with a dot at the end, e.g. `198.18.0.`. */
  prefix: string
  /** The host's end of the link to the internet. The name is the claim: no two can have it. */
  hostInterface: string
}

type Range = { first: number; last: number }

/** 198.18.0.0/15 is reserved for network tests; 172.29.0.0/16 is there for hosts that use it. */
const prefixes = ['198.18', '198.19', '172.29'].flatMap((start) => Array.from({ length: 256 }, (_, n) => `${start}.${n}.`))

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
