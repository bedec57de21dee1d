/** A running time, e.g. `0:07`, `12:34`, `3:04:05`, `2 d 03:04:05`. */
export function formatDuration(seconds: number): string {
  const total = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0
  const days = Math.floor(total / 86_400)
  const hours = Math.floor((total % 86_400) / 3600)
  const minutes = Math.floor((total % 3600) / 60)
  const rest = pad(total % 60)
  if (days > 0) return `${days} d ${pad(hours)}:${pad(minutes)}:${rest}`
  return hours > 0 ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`
}

/** A sum of times, e.g. `45 s`, `12 min`, `3 h 05 min`. */
export function formatTotal(seconds: number): string {
  const total = Number.isFinite(seconds) ? Math.max(0, Math.round(seconds)) : 0
  if (total < 60) return `${total} s`
  const minutes = Math.floor(total / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const steps = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** How long ago, e.g. `2 minutes ago`, `yesterday`. */
export function formatAgo(timestamp: string, now: number): string {
  const seconds = Math.round((Date.parse(timestamp) - now) / 1000)
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit)
  }
  return 'just now'
}

const dateTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

export function formatDateTime(timestamp: string): string {
  return dateTime.format(new Date(timestamp))
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

export function formatClock(milliseconds: number): string {
  return clock.format(milliseconds)
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** A day of the usage, `YYYY-MM-DD`, e.g. `3 Nov`. */
export function formatDay(date: string): string {
  return day.format(new Date(`${date}T00:00:00Z`))
}

const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })

export function formatMonth(timestamp: string): string {
  return month.format(new Date(timestamp))
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
