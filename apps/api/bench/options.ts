const figures: Record<string, string> = {
  B1: 'registrations, 50 clients, against the naive way on the same server',
  B2: 'the same on a full server, against an empty one',
  B3: 'a registration alone, against the naive way',
  B4: 'reading one device, against bare Fastify and one prepared query',
  B5: 'a list of 50 among a million devices, against a thousand',
  B6: 'addresses out of ten million, against an empty pool',
  B7: 'event-loop delay while 50 logins wait',
  B8: 'a metering round, from the text of the agent to the commit',
  B9: 'a full compare, with nothing to do and with 100 differences',
  B10: 'memory of the API at 100 000 devices',
  B11: 'from a change until a peer is off its server, and back',
  B12: "the dashboard's figures, against adding them up",
}

const sizes: Record<string, [number, string]> = {
  BENCH_PEERS: [10_000, 'B2, B8, B9'],
  BENCH_DEVICES: [1_000_000, 'B5'],
  BENCH_ADDRESSES: [10_000_000, 'B6'],
  BENCH_INTERVALS: [1_500_000, 'B12'],
}

const lines = (rows: Array<[string, string]>) => rows.map(([name, text]) => `  ${name.padEnd(16)} ${text}`).join('\n')

export const benchHelp = `pnpm bench [figure …]

Both sides of each figure in one run, on real sshd, wg and PostgreSQL (Linux, root). One line a figure; ends with 1 when one is
below its bar. Without names all of them. Figures of a machine that does something else meanwhile say little.

${lines(Object.entries(figures))}

Environment
${lines(Object.entries(sizes).map(([name, [size, where]]) => [name, `${size} (${where})`]))}
`

/** The figures that are wanted, none: all. Null: help was asked for. */
export function parseBenchOptions(args: string[], env: Record<string, string | undefined>): string[] | null {
  if (args.includes('--help')) return null
  const wanted = args.filter((text) => text !== '--') // pnpm hands it on
  const unknown = wanted.find((id) => !(id in figures))
  if (unknown !== undefined) throw new Error(`${unknown} is no figure. There are: ${Object.keys(figures).join(' ')}. See --help.`)
  for (const name of Object.keys(sizes)) {
    const text = env[name]
    if (text !== undefined && !/^[1-9][0-9]{2,8}$/.test(text)) throw new Error(`${name}=${text}: it must be a whole number from 100.`)
  }
  return wanted
}
