/** Bytes in the units that bandwidth is sold in: 1 GB is 10^9 bytes. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1_000 ** step
  return `${value.toLocaleString('en', { maximumFractionDigits: step === 0 || value >= 100 ? 0 : 1 })} ${units[step] ?? ''}`
}

export const formatNumber = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 })

export const formatHours = (seconds: number): string => `${formatNumber(seconds / 3_600)} h`

export const formatPercent = (percent: number): string => `${percent.toLocaleString('en', { maximumFractionDigits: 2 })} %`
