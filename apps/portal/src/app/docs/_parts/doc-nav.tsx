import { Link } from '../../../components/link.tsx'
import { headingsOf } from './headings.ts'
import { needsLoad } from './markdown.tsx'
import { docPages } from './pages.ts'

const apiPage = { href: '/docs/api', label: 'API reference' }

const places = docPages.flatMap((page) => (page.href === '/docs/sdk/reference' ? [page, apiPage] : [page]))

const linkClass =
  'flex min-h-9 items-center rounded-lg px-3 py-1 text-[0.9375rem] text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-semibold aria-[current=page]:text-accent-strong max-lg:min-h-11'

/** The pages of the docs, and the sections of the one that is open. At the side on wide screens, behind a line on narrow ones. */
export function DocNav({ current }: { current: string }) {
  return (
    <div className="print:hidden lg:sticky lg:top-6 lg:max-h-[calc(100dvh-3rem)] lg:overflow-y-auto lg:pr-1 lg:pb-6">
      <SearchForm />
      <details className="group mt-3 lg:hidden">
        <summary className="flex min-h-11 items-center rounded-lg border border-edge bg-surface px-3 font-semibold">Contents</summary>
        <nav aria-label="Docs" className="pt-2">
          <Places current={current} />
        </nav>
      </details>
      <nav aria-label="Docs" className="mt-4 hidden lg:block">
        <Places current={current} />
      </nav>
    </div>
  )
}

export function SearchForm({ query = '' }: { query?: string }) {
  return (
    <form action="/docs/search" role="search">
      <label htmlFor="docs-search" className="sr-only">
        Search the docs
      </label>
      <input
        id="docs-search"
        type="search"
        name="q"
        defaultValue={query}
        maxLength={100}
        placeholder="Search the docs"
        className="control placeholder:text-muted"
      />
    </form>
  )
}

function Places({ current }: { current: string }) {
  return (
    <ul className="space-y-0.5">
      {places.map(({ href, label }) => (
        <li key={href}>
          {needsLoad(href) ? (
            <a href={href} className={linkClass} aria-current={href === current ? 'page' : undefined}>
              {label}
            </a>
          ) : (
            <Link href={href} className={linkClass} aria-current={href === current ? 'page' : undefined}>
              {label}
            </Link>
          )}
          {href === current && <Sections href={href} />}
        </li>
      ))}
    </ul>
  )
}

function Sections({ href }: { href: string }) {
  const page = docPages.find((each) => each.href === href)
  if (!page) return null
  const depth = page.contentsDepth ?? 2
  const sections = headingsOf(page.markdown).filter((heading) => heading.depth > 1 && heading.depth <= depth)
  return (
    <ul aria-label="On this page" className="mt-1 mb-3 ml-3 border-l border-line pl-2 empty:hidden">
      {sections.map(({ id, text, depth: level }) => (
        <li key={id}>
          <a
            href={`#${id}`}
            className={`flex min-h-8 items-center rounded px-2 py-1 text-sm leading-snug text-muted wrap-anywhere hover:text-ink max-lg:min-h-11 ${level > 2 ? 'pl-5' : ''}`}
          >
            {text}
          </a>
        </li>
      ))}
    </ul>
  )
}
