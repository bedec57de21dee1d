export type Bucket = 'hour' | 'day' | 'month'

const short: Record<Bucket, Intl.DateTimeFormatOptions> = {
  hour: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: 'numeric' },
}
const long: Record<Bucket, Intl.DateTimeFormatOptions> = {
  // With its offset: when the clocks go back, an hour comes twice.
  hour: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
  day: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
}

/** How the moments of a chart are called: short at the axis, complete in tooltip and table. */
export function timeLabels(bucket: Bucket, timeZone: string): { label: (at: string) => string; name: (at: string) => string } {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat('en-GB', { ...options, timeZone })
    return (at: string) => formatter.format(new Date(at))
  }
  return { label: format(short[bucket]), name: format(long[bucket]) }
}
