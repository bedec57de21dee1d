import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { env } from '../../../lib/env.ts'
import { DocFrame } from '../_parts/doc-frame.tsx'
import { Markdown } from '../_parts/markdown.tsx'
import { findPage, withApiUrl, type DocPage } from '../_parts/pages.ts'

interface Props {
  params: Promise<{ slug?: string[] }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const page = await pageOf(params)
  return page ? { title: page.href === '/docs' ? 'Docs' : `${page.label} · Docs`, description: page.description } : { title: 'Not found' }
}

export default async function DocumentPage({ params }: Props) {
  const page = await pageOf(params)
  if (!page) notFound()
  const { PUBLIC_API_URL, API_URL } = env()
  return (
    <DocFrame current={page.href}>
      <Markdown text={withApiUrl(page.markdown, PUBLIC_API_URL ?? API_URL)} page={page.href} />
    </DocFrame>
  )
}

async function pageOf(params: Props['params']): Promise<DocPage | undefined> {
  const { slug = [] } = await params
  return findPage(['/docs', ...slug].join('/'))
}
