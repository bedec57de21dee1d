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
  /** All of it, code and tables too. */
  body: string
  /** What can be read out of it in a line. */
  prose: string
  /** Made from the code: it has a heading for every word, and would come before the guides. */
  isReference: boolean
}

const references = new Set(['/docs/sdk/reference', '/docs/sdk/changelog'])

let entries: Entry[] | undefined

function allEntries(): Entry[] {
  entries ??= docPages.flatMap(({ href, label, markdown }) =>
    partsOf(markdown).map(({ depth, text, id, body }) => ({
      href: depth === 1 ? href : `${href}#${id}`,
      page: label,
      title: text,
      body: oneLine(plainText(body)),
      prose: oneLine(plainText(proseOf(body))),
      isReference: references.has(href),
    })),
  )
  return entries
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** Without code; of a table its cells, without its heads. */
export function proseOf(markdown: string): string {
  return markdown
    .replaceAll(/^(```+|~~~+)[^\n]*\n[\s\S]*?^\1[^\n]*$/gm, '')
    .replaceAll(/^\|.*\|[ \t]*\n\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$/gm, '')
    .replaceAll(/^\|(.*)\|[ \t]*$/gm, (_line, cells: string) => `${cellsOf(cells).join(' · ')}.`)
    .replaceAll(/^[ \t]*(?:[-*+]|\d+\.|>)[ \t]+/gm, '')
}

const cellsOf = (row: string): string[] =>
  row
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')

const maxHits = 30
const behindGuides = 1_000

/** Sections that have every word asked for: of guides those with words in their heading first, then what the code says of itself. */
export function searchDocs(query: string): Hit[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  const scored = allEntries().flatMap((entry) => {
    const [title, body] = [normal(entry.title), normal(entry.body)]
    if (!words.every((word) => title.includes(normal(word)) || body.includes(normal(word)))) return []
    const inTitle = words.filter((word) => title.includes(normal(word))).length
    const score = inTitle * 10 + (title === normal(query.trim()) ? 5 : 0)
    // A name of the code, written as it is there, is meant.
    return [{ entry, score: entry.isReference && entry.title !== query.trim() ? score - behindGuides : score }]
  })
  return scored
    .sort((left, right) => right.score - left.score)
    .slice(0, maxHits)
    .map(({ entry: { href, page, title, prose } }) => ({ href, page, title, excerpt: excerptOf(prose, words) }))
}

// "rate limited" finds RATE_LIMITED.
const normal = (text: string): string => text.toLowerCase().replaceAll(/[_-]/g, ' ')

function excerptOf(body: string, words: string[]): string {
  const places = words.map((word) => normal(body).indexOf(normal(word))).filter((place) => place >= 0)
  const start = Math.max(0, Math.min(...places, body.length) - 60)
  const from = places.length === 0 ? 0 : start
  return `${from > 0 ? '… ' : ''}${body.slice(from, from + 180).trim()}${body.length > from + 180 ? ' …' : ''}`
}
