import { CVaultError } from './errors.ts'
import type { Page, Paged, PageOptions } from './types.ts'

/** Nothing is sent until it is awaited or iterated, and then once. */
export function paged<T>(fetchPage: (options: PageOptions) => Promise<Page<T>>, options: PageOptions = {}): Paged<T> {
  let first: Promise<Page<T>> | undefined
  const firstPage = (): Promise<Page<T>> => (first ??= fetchPage(options))
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- a list is awaited for its first page
    then: (onPage, onError) => firstPage().then(onPage, onError),
    catch: (onError) => firstPage().catch(onError),
    finally: (onEnd) => firstPage().finally(onEnd),
    [Symbol.toStringTag]: 'Paged',
    async *[Symbol.asyncIterator]() {
      const seen = new Set([options.cursor])
      for (let page = await firstPage(); ; page = await fetchPage({ ...options, cursor: page.nextCursor })) {
        yield* page.items
        if (page.nextCursor === null) return
        // Nobody would get a turn to stop: nothing is handed on from pages that hold nothing.
        if (seen.has(page.nextCursor) || page.items.length === 0)
          throw new CVaultError('INVALID_RESPONSE', 'The API sends pages without end.')
        seen.add(page.nextCursor)
      }
    },
  }
}
