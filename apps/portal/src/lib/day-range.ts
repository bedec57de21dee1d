import { z } from 'zod'

/** A day of a filter. There is nothing before this century, and a database has no year 0. */
export const FilterDay = z.iso.date().refine((day) => day >= '2000' && day < '9999')

/** From the beginning of one day to the end of another (both UTC, both included), as the API takes moments: from, and before. */
export function dayRange({ from, to }: { from?: string | undefined; to?: string | undefined }): { from?: string; to?: string } {
  return {
    ...(from !== undefined && { from: `${from}T00:00:00.000Z` }),
    ...(to !== undefined && { to: new Date(Date.parse(to) + 86_400_000).toISOString() }),
  }
}
