const hourMs = 3_600_000

/** The day that it is at a moment, in a zone, e.g. 2026-11-21. */
export function dayAt(at: number, timeZone: string): string {
  return new Date(at + offsetMs(at, timeZone)).toISOString().slice(0, 10)
}

/** The weekday (Monday: 1) and hour that it is at a moment, in a zone. */
export function hourOfWeekAt(at: number, timeZone: string): { weekday: number; hour: number } {
  const local = new Date(at + offsetMs(at, timeZone))
  return { weekday: local.getUTCDay() || 7, hour: local.getUTCHours() }
}

/** The moment a day begins in a zone. */
export function startOfDay(day: string, timeZone: string): number {
  const asUtc = Date.parse(`${day}T00:00:00Z`)
  // Clocks are put forward or back near a midnight at most once: one of the two offsets is that of the day's first moment.
  const starts = [asUtc - offsetMs(asUtc - 24 * hourMs, timeZone), asUtc - offsetMs(asUtc + 24 * hourMs, timeZone)]
  const [first, last] = [Math.min(...starts), Math.max(...starts)]
  return dayAt(first, timeZone) === day ? first : last
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * hourMs).toISOString().slice(0, 10)
}

/** How far the zone's clocks are ahead of UTC. */
function offsetMs(at: number, timeZone: string): number {
  const part = Object.fromEntries(
    formatterFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000
}

// Slow to make, and there are only so many zones.
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone)
  if (known) return known
  const date = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone, ...date, ...time })
  formatters.set(timeZone, formatter)
  return formatter
}
