const units = ['kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes for people, in powers of 1000 as providers count, e.g. `1.2 GB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 1) return '0 B'
  if (bytes < 1000) return `${Math.round(bytes)} B`
  let value = bytes / 1000
  let index = 0
  // 999.95 would be printed as 1000.0: it belongs to the next unit.
  while (value >= 999.95 && index < units.length - 1) {
    value /= 1000
    index++
  }
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${units[index]}`
}
