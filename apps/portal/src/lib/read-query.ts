import type { z } from 'zod'
import type { PageProps } from './page-props.ts'
import { oneOf } from './search.ts'

type SearchParams = Awaited<PageProps['searchParams']>

export type Query<K extends string> = Partial<Record<K, string>>

/**
 * The filters of a URL, as text: what the API would refuse is left out and named in `ignored`, so that an old or mistyped link still
 * shows a list, and the page can say so. Empty fields, as a form sends them, are no filters.
 */
export function readQuery<K extends string>(fields: Record<K, z.ZodType>, params: SearchParams): { query: Query<K>; ignored: K[] } {
  const query: Query<K> = {}
  const ignored: K[] = []
  for (const name of Object.keys(fields) as K[]) {
    const value = oneOf(params[name])?.trim()
    if (value === undefined || value === '') continue
    if (fields[name].safeParse(value).success) query[name] = value
    else ignored.push(name)
  }
  return { query, ignored }
}

/** Path with the filters that are set. */
export function hrefWith(path: string, query: Record<string, string | undefined>): string {
  const search = new URLSearchParams(Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1])))
  return search.size > 0 ? `${path}?${search}` : path
}

/** Whether anything narrows the list; a page further down is none the narrower. */
export const isFiltered = (query: Record<string, string | undefined>): boolean =>
  Object.entries(query).some(([name, value]) => name !== 'cursor' && value !== undefined)
