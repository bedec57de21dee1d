import { Link2 } from 'lucide-react'
import { Link } from '../../../components/link.tsx'
import type { ReactNode } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { CodeBlock } from './code-block.tsx'
import { resolveLink } from './links.ts'
import { rehypeHeadingIds, remarkAnchors } from './markdown-plugins.ts'
import { SequenceDiagram } from './sequence-diagram.tsx'

/** A text of ours, rendered on the server: elements only, no HTML of anybody's. */
export function Markdown({ text, page }: { text: string; page: string }) {
  return (
    <ReactMarkdown remarkPlugins={[remarkGfm, remarkAnchors]} rehypePlugins={[rehypeHeadingIds]} components={componentsFor(page)}>
      {text}
    </ReactMarkdown>
  )
}

function componentsFor(page: string): Components {
  return {
    h1: ({ id, children }) => (
      <h1 id={id} className="mb-4 text-[1.75rem] leading-tight font-bold tracking-tight wrap-anywhere sm:text-3xl">
        {children}
      </h1>
    ),
    h2: ({ id, children }) => (
      <h2 id={id} className="group mt-12 mb-3 scroll-mt-6 border-t border-line pt-6 text-xl font-bold wrap-anywhere">
        <HeadingLink id={id}>{children}</HeadingLink>
      </h2>
    ),
    h3: ({ id, children }) => (
      <h3 id={id} className="group mt-9 mb-2 scroll-mt-6 text-lg font-bold wrap-anywhere">
        <HeadingLink id={id}>{children}</HeadingLink>
      </h3>
    ),
    h4: ({ id, children }) => (
      <h4 id={id} className="mt-6 mb-2 scroll-mt-6 font-bold wrap-anywhere">
        {children}
      </h4>
    ),
    h5: ({ id, children }) => (
      <h5 id={id} className="mt-6 mb-2 scroll-mt-6 font-semibold wrap-anywhere">
        {children}
      </h5>
    ),
    h6: ({ id, children }) => (
      <h6 id={id} className="mt-4 mb-1 scroll-mt-6 text-sm font-semibold text-muted">
        {children}
      </h6>
    ),
    p: ({ children }) => <p className="my-4 max-w-[75ch] wrap-anywhere">{children}</p>,
    ul: ({ children }) => <ul className="my-4 ml-5 max-w-[75ch] list-disc space-y-1.5">{children}</ul>,
    ol: ({ children }) => <ol className="my-4 ml-5 max-w-[75ch] list-decimal space-y-1.5">{children}</ol>,
    hr: () => <hr className="my-10 border-line" />,
    a: ({ href, children }) => <TextLink href={resolveLink(href ?? '', page)}>{children}</TextLink>,
    code: ({ children }) => <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.875em] wrap-anywhere">{children}</code>,
    pre: ({ node }) => <Fence element={node?.children[0]} />,
    table: ({ children }) => (
      <div
        className="my-5 overflow-x-auto rounded-xl border border-line bg-surface focus-visible:-outline-offset-3"
        tabIndex={0}
        role="group"
        aria-label="Table"
      >
        <table className="w-full text-left text-[0.9375rem]">{children}</table>
      </div>
    ),
    // A head without words is none: tables of two plain columns have one in Markdown.
    thead: ({ node, children }) => (hasText(node) ? <thead className="bg-sunken">{children}</thead> : null),
    th: ({ children }) => <th className="px-4 py-2.5 text-sm font-semibold text-muted">{children}</th>,
    td: ({ children }) => <td className="min-w-28 border-t border-line px-4 py-2.5 align-top">{children}</td>,
  }
}

function HeadingLink({ id, children }: { id: string | undefined; children: ReactNode }) {
  return (
    <>
      {children}{' '}
      <a
        href={`#${id}`}
        aria-label="Link to this section"
        className="inline-flex rounded align-middle text-muted opacity-0 group-hover:opacity-100 focus-visible:opacity-100 print:hidden"
      >
        <Link2 aria-hidden size={18} />
      </a>
    </>
  )
}

/** The API reference has a Content-Security-Policy of its own, so it is opened as a document of its own. */
export const needsLoad = (href: string): boolean => href.startsWith('#') || href.startsWith('/docs/api') || href.includes('openapi.json')

function TextLink({ href, children }: { href: string | null; children: ReactNode }) {
  if (href === null) return <>{children}</>
  const isOurs = href.startsWith('/') && !needsLoad(href)
  return isOurs ? (
    <Link className="text-link" href={href}>
      {children}
    </Link>
  ) : (
    <a className="text-link" href={href} {...(href.startsWith('https:') && { rel: 'noreferrer' })}>
      {children}
    </a>
  )
}

interface Element {
  type: string
  tagName?: string
  value?: string
  children?: Element[]
  properties?: Record<string, unknown>
}

const textOf = (element: Element | undefined): string => element?.value ?? (element?.children ?? []).map(textOf).join('')

const hasText = (element: Element | undefined): boolean => textOf(element).trim() !== ''

function Fence({ element }: { element: Element | undefined }) {
  const classes = element?.properties?.className
  const language = /^language-(.+)$/.exec(Array.isArray(classes) ? String(classes[0]) : '')?.[1] ?? ''
  const code = textOf(element).trimEnd()
  return language === 'sequence' ? <SequenceDiagram source={code} /> : <CodeBlock language={language} code={code} />
}
