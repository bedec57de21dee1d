export type Report = {
  add(name: string, value: string): void
  /** What must not be at any size. */
  fault(text: string): void
  lines: Array<{ name: string; value: string }>
  faults: string[]
}

export function createReport(note: (text: string) => void): Report {
  const report: Report = {
    lines: [],
    faults: [],
    add(name, value) {
      report.lines.push({ name, value })
      note(`${name}: ${value}`)
    },
    fault(text) {
      report.faults.push(text)
      note(`FAULT ${text}`)
    },
  }
  return report
}

export const seconds = (value: number): string => `${value.toFixed(1)} s`

/** `p50 3 ms, p95 12 ms, most 40 ms of 200` */
export function spread(milliseconds: number[]): string {
  const sorted = milliseconds.toSorted((left, right) => left - right)
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(0)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms of ${sorted.length}`
}
