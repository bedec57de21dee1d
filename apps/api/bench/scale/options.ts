import { parseArgs } from 'node:util'

export type ScaleOptions = {
  servers: number
  tenants: number
  devices: number
  /** How long changes are made and converge times taken. */
  seconds: number
  /** Registrations and removals a second, half of each. */
  changes: number
  /** Of the peers, how many move bytes: percent. */
  busy: number
  /** Between two looks at a server. */
  periodSeconds: number
  /** A lane stays so long with a worker that is not heard of. */
  leaseSeconds: number
}

/** Small enough for every test run; the full size is what `--help` says. */
const defaults: ScaleOptions = {
  servers: 12,
  tenants: 20,
  devices: 600,
  seconds: 3,
  changes: 20,
  busy: 10,
  periodSeconds: 2,
  leaseSeconds: 2,
}

export const scaleHelp = `pnpm --filter @cvault/api scale [options]

One PostgreSQL with simulated servers, tenants and devices; two workers and one API as processes of their own, with the real
lanes, leases, roll-ups and metering. Prints what it measured, as docs/scale.md has it, and ends with 1 when something was wrong.

  --servers N    simulated servers (${defaults.servers})
  --tenants N    tenants; the first has a tenth of the devices (${defaults.tenants})
  --devices N    devices, each with its peer and address, two a user (${defaults.devices})
  --seconds N    how long changes are made (${defaults.seconds})
  --changes N    registrations and removals a second, half of each (${defaults.changes})
  --busy N       percent of the peers that move bytes (${defaults.busy})
  --period N     seconds between two looks at a server (${defaults.periodSeconds})
  --lease N      seconds a lane stays with a worker that is not heard of (${defaults.leaseSeconds}; the platform's default is 10)

The full size: --servers 1000 --tenants 10000 --devices 1000000 --seconds 60 --period 60 --lease 10. It takes about 15 minutes and 8 GiB.
`

/** Null: help was asked for. */
export function parseScaleOptions(args: string[]): ScaleOptions | null {
  const option = { type: 'string' } as const
  const { values } = parseArgs({
    args: args.filter((text) => text !== '--'), // pnpm hands it on
    options: {
      servers: option,
      tenants: option,
      devices: option,
      seconds: option,
      changes: option,
      busy: option,
      period: option,
      lease: option,
      help: { type: 'boolean' },
    },
  })
  if (values.help) return null
  const read = (name: Exclude<keyof typeof values, 'help'>, fallback: number, least: number, most = 100_000_000): number => {
    const value = values[name] === undefined ? fallback : Number(values[name])
    if (!Number.isInteger(value) || value < least || value > most)
      throw new Error(`--${name} ${values[name]}: it must be a whole number from ${least} to ${most}.`)
    return value
  }
  return {
    servers: read('servers', defaults.servers, 1),
    tenants: read('tenants', defaults.tenants, 2),
    devices: read('devices', defaults.devices, 100),
    seconds: read('seconds', defaults.seconds, 1),
    changes: read('changes', defaults.changes, 1),
    busy: read('busy', defaults.busy, 0, 100),
    periodSeconds: read('period', defaults.periodSeconds, 1),
    leaseSeconds: read('lease', defaults.leaseSeconds, 1),
  }
}
