/** A day as the servers count it. */
export function Day({ date }: { date: string }) {
  const shown = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date))
  return (
    <time dateTime={date} title={`${shown} (UTC)`} className="whitespace-nowrap">
      {shown}
    </time>
  )
}
