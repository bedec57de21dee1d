interface Shown {
  count: number
  nextCursor: string | null
  /** A search shows its first matches and has no next page. */
  isSearch: boolean
}

const mostFound = 50

/** How much of a list is on the page: nobody counts the whole of it. */
export function summaryOf([one, many]: [one: string, many: string], { count, nextCursor, isSearch }: Shown): string {
  if (count === 0) return `No ${many} to show.`
  const shown = `${count} ${count === 1 ? one : many}`
  if (isSearch && count >= mostFound) return `The first ${shown} found. Type more to narrow it down.`
  return nextCursor === null ? `${shown}.` : `${shown} on this page, newest first.`
}
