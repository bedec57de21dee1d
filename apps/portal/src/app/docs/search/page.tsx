import type { Metadata } from 'next'
import { Link } from '../../../components/link.tsx'
import type { PageProps } from '../../../lib/page-props.ts'
import { DocFrame } from '../_parts/doc-frame.tsx'
import { searchDocs } from '../_parts/search.ts'

export const metadata: Metadata = { title: 'Search the docs', robots: { index: false } }

export default async function SearchPage({ searchParams }: PageProps) {
  const { q } = await searchParams
  const query = (typeof q === 'string' ? q : '').trim().slice(0, 100)
  const hits = searchDocs(query)
  return (
    <DocFrame current="/docs/search">
      <h1 className="mb-4 text-[1.75rem] leading-tight font-bold tracking-tight wrap-anywhere sm:text-3xl">
        {query === '' ? 'Search the docs' : `Docs with “${query}”`}
      </h1>
      {hits.length === 0 ? (
        <NothingFound query={query} />
      ) : (
        <ul className="grid grid-cols-1 gap-3">
          {hits.map(({ href, page, title, excerpt }) => (
            <li key={href} className="card p-4">
              <Link href={href} className="text-link text-lg font-semibold wrap-anywhere">
                {title}
              </Link>
              <p className="text-sm text-muted">{page}</p>
              {excerpt !== '' && <p className="mt-1 text-[0.9375rem] wrap-anywhere">{excerpt}</p>}
            </li>
          ))}
        </ul>
      )}
    </DocFrame>
  )
}

function NothingFound({ query }: { query: string }) {
  return (
    <p className="text-muted">
      {query === '' ? 'Type what you look for: a method, an error code, a word.' : 'Nothing has all of these words. Try fewer, or '}
      {query !== '' && (
        <Link href="/docs" className="text-link">
          begin at the overview
        </Link>
      )}
      {query !== '' && '.'}
    </p>
  )
}
