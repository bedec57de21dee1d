/** Runs inside a machine: reads what every process was started with, as fast as it can, and prints each text it has not seen before. */
import { readdirSync, readFileSync } from 'node:fs'

const seen = new Set<string>()
const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // ended meanwhile
  }
}

function look(): void {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
    for (const kind of ['cmdline', 'environ']) {
      const text = read(`/proc/${pid}/${kind}`)
      if (text === '' || seen.has(text)) continue
      seen.add(text)
      process.stdout.write(`${JSON.stringify({ kind, text })}\n`)
    }
  }
  setImmediate(look)
}
look()
