export interface Heading {
  depth: number
  text: string
  id: string
}

/** As GitHub does it, with error codes in kebab-case: `RATE_LIMITED` is at #rate-limited. */
export function slugger(): (text: string) => string {
  const seen = new Map<string, number>()
  return (text) => {
    const slug = text
      .toLowerCase()
      .replaceAll('_', '-')
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  }
}

/** A heading of a text, and what stands below it up to the next one. */
export interface Part extends Heading {
  body: string
}

/** The text in parts, each with its heading; what comes before the first has none and is not told. */
export function partsOf(markdown: string): Part[] {
  const slug = slugger()
  const parts: Part[] = []
  let fence = ''
  for (const line of markdown.split('\n')) {
    const mark = /^(```+|~~~+)/.exec(line)?.[1]
    if (mark !== undefined && (fence === '' || mark === fence)) fence = fence === '' ? mark : ''
    const heading = fence === '' && mark === undefined ? /^(#{1,6}) (.+)$/.exec(line) : null
    if (heading) {
      const text = plainText(heading[2] ?? '')
      parts.push({ depth: heading[1]?.length ?? 1, text, id: slug(text), body: '' })
    } else {
      const part = parts.at(-1)
      if (part) part.body += `${line}\n`
    }
  }
  return parts
}

export const headingsOf = (markdown: string): Heading[] => partsOf(markdown).map(({ depth, text, id }) => ({ depth, text, id }))

/** Without the marks: links are their words, code is its text. */
export function plainText(markdown: string): string {
  return markdown
    .replaceAll(/<a id="[^"]*"><\/a>/g, '')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/(\*\*|`)/g, '')
    .replaceAll(/\\([\\<>|*_[\]{}])/g, '$1')
    .trim()
}
