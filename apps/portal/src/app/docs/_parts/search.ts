import { partsOf, plainText } from './headings.ts'
import { docPages } from './pages.ts'

export interface Hit {
  href: string
  page: string
  title: string
  /** The words around the first one found. */
  excerpt: string
}

interface Entry extends Omit<Hit, 'excerpt'> {
  body: string
}

let entries: Entry[] | undefined

function allEntries(): Entry[] {
  entries ??= docPages.flatMap(({ href, label, markdown }) =>
    partsOf(markdown).map(({ depth, text, id, body }) => ({
      href: depth === 1 ? href : `${href}#${id}`,
      page: label,
      title: text,
      body: plainText(body).replaceAll(/\s+/g, ' '),
    })),
  )
  return entries
}

const maxHits = 30

/** Sections that have every word asked for; those with words in their heading first. */
export function searchDocs(query: string): Hit[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  const scored = allEntries().flatMap((entry) => {
    const [title, body] = [normal(entry.title), normal(entry.body)]
    if (!words.every((word) => title.includes(normal(word)) || body.includes(normal(word)))) return []
    const inTitle = words.filter((word) => title.includes(normal(word))).length
    return [{ entry, score: inTitle * 10 + (title === normal(query.trim()) ? 5 : 0) }]
  })
  return scored
    .sort((left, right) => right.score - left.score)
    .slice(0, maxHits)
    .map(({ entry: { body, ...entry } }) => ({ ...entry, excerpt: excerptOf(body, words) }))
}

// "rate limited" finds RATE_LIMITED.
const normal = (text: string): string => text.toLowerCase().replaceAll(/[_-]/g, ' ')

function excerptOf(body: string, words: string[]): string {
  const places = words.map((word) => normal(body).indexOf(normal(word))).filter((place) => place >= 0)
  const start = Math.max(0, Math.min(...places, body.length) - 60)
  const from = places.length === 0 ? 0 : start
  return `${from > 0 ? '… ' : ''}${body.slice(from, from + 180).trim()}${body.length > from + 180 ? ' …' : ''}`
}
