import { readFileSync } from 'node:fs'
import path from 'node:path'
import { errorStatuses } from '@cvault/schema/error-codes'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { errorGuide } from './error-guide.ts'
import { headingsOf, slugger } from './headings.ts'
import { resolveLink } from './links.ts'
import { Markdown } from './markdown.tsx'
import { docPages, exampleUrl, findPage, withApiUrl } from './pages.ts'
import { proseOf, searchDocs } from './search.ts'
import { parseSequence } from './sequence.ts'

const html = new Map(
  docPages.map(({ href, markdown }) => [href, renderToStaticMarkup(createElement(Markdown, { text: markdown, page: href }))]),
)
const idsOf = (page: string): string[] => [...(html.get(page) ?? '').matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id)
const linksOf = (page: string): string[] => [...(html.get(page) ?? '').matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href = '']) => href)

/** Places of the portal that are no texts. */
const others = [
  '/docs/api',
  '/docs/openapi.json',
  '/signup',
  '/onboarding',
  '/api-keys',
  '/devices',
  '/sessions',
  '/dashboard',
  '/settings',
  '/settings/limits',
]

describe.each(docPages)('$href', ({ href, label, markdown }) => {
  test('has one title, and the same headings in its contents as on the page', () => {
    const headings = headingsOf(markdown)
    expect(headings.filter(({ depth }) => depth === 1)).toHaveLength(1)
    const shown = [...(html.get(href) ?? '').matchAll(/<h([1-6]) id="([^"]+)"/g)].map(([, depth, id]) => `${depth} ${id}`)
    expect(headings.map(({ depth, id }) => `${depth} ${id}`)).toEqual(shown)
    expect(label).not.toBe('')
  })

  test('has no dead link: pages are there, and so are the places in them', () => {
    const dead = linksOf(href).filter((link) => {
      if (link.startsWith('https://')) return false
      const [target = '', anchor] = link.startsWith('#') ? [href, link.slice(1)] : link.split('#')
      if (others.includes(target)) return anchor !== undefined
      return findPage(target) === undefined || (anchor !== undefined && !idsOf(target).includes(decodeURIComponent(anchor)))
    })
    expect(dead).toEqual([])
  })

  test('loses no link of its text, and shows no HTML of it', () => {
    expect(html.get(href)).not.toMatch(/href=""|&lt;a id=/)
    const written = markdown.replaceAll(/^```.*?^```/gms, '').match(/\]\([^)]+\)/g)?.length ?? 0
    const own = headingsOf(markdown).filter(({ depth }) => depth === 2 || depth === 3).length
    expect(linksOf(href)).toHaveLength(written + own)
  })
})

test('every place of the portal that the docs lead to is a page of it', () => {
  const app = path.resolve(import.meta.dirname, '../..')
  const files = (place: string): string[] =>
    ['', '(app)', '(auth)'].flatMap((group) => [`${group}${place}/page.tsx`, `${group}${place}/route.ts`])
  const isThere = (place: string): boolean =>
    files(place).some((file) => {
      try {
        return readFileSync(path.join(app, file), 'utf8') !== ''
      } catch {
        return false
      }
    })
  expect(others.filter((place) => !isThere(place))).toEqual([])
  expect(isThere('/nowhere')).toBe(false)
})

test('every error code has an entry, with its status, where its type leads', () => {
  const page = findPage('/docs/errors')
  expect(Object.keys(errorGuide).sort()).toEqual(Object.keys(errorStatuses).sort())
  for (const [code, status] of Object.entries(errorStatuses)) {
    expect(idsOf('/docs/errors')).toContain(code.toLowerCase().replaceAll('_', '-'))
    expect(page?.markdown).toContain(`### ${code}\n\n**${status}.** `)
  }
})

test('links are followed from the file that a page shows', () => {
  expect(resolveLink('docs/api.md', '/docs/sdk')).toBe('/docs/sdk/reference')
  expect(resolveLink('docs/api.md#cvault', '/docs/sdk')).toBe('/docs/sdk/reference#cvault')
  expect(resolveLink('../README.md#storage', '/docs/sdk/reference')).toBe('/docs/sdk#storage')
  expect(resolveLink('https://github.com/cvault/cvault/tree/main/packages/sdk-js/examples', '/docs/sdk')).toBe('/docs/examples')
  expect(resolveLink('#storage', '/docs/sdk')).toBe('#storage')
  expect(resolveLink('/docs', '/docs/sdk')).toBe('/docs')
  for (const href of ['javascript:alert(1)', 'http://example.com', '//evil.test', 'data:text/html,x'])
    expect(resolveLink(href, '/docs')).toBeNull()
})

test('what is HTML in a text is not rendered', () => {
  const text = '<script>alert(1)</script>\n\n<a id="x" onclick="y()"></a> [a](javascript:alert(1)) <img src=x onerror=z()>\n'
  const shown = renderToStaticMarkup(createElement(Markdown, { text, page: '/docs' }))
  expect(shown).not.toMatch(/<script|<img|<a |onclick="|onerror="/)
})

test('headings get GitHub’s slugs, error codes kebab-case', () => {
  const slug = slugger()
  expect(['Retries, time-outs, abort', 'RATE_LIMITED', 'Install', 'Install', 'Your server’s “own”'].map(slug)).toEqual([
    'retries-time-outs-abort',
    'rate-limited',
    'install',
    'install-1',
    'your-servers-own',
  ])
})

test('the texts name the API’s address as it is', () => {
  const page = findPage('/docs/getting-started')
  expect(page?.markdown).toContain(exampleUrl)
  expect(withApiUrl(page?.markdown ?? '', 'https://vpn.example.org/')).toContain('https://vpn.example.org/api/v1')
  expect(withApiUrl(page?.markdown ?? '', 'https://vpn.example.org/')).not.toContain(exampleUrl)
})

test('a search finds sections, those named so first', () => {
  expect(searchDocs('rate limited')[0]?.href).toBe('/docs/errors#rate-limited')
  expect(searchDocs('RATE_LIMITED')[0]?.href).toBe('/docs/errors#rate-limited')
  expect(searchDocs('refresh rotation')[0]?.href).toBe('/docs/authentication#refresh-rotation')
  expect(searchDocs('overlap')[0]).toMatchObject({ href: '/docs/authentication', excerpt: expect.stringContaining('overlap') })
  expect(searchDocs('  ')).toEqual([])
  expect(searchDocs('xylophone')).toEqual([])
  for (const { href } of searchDocs('device')) {
    const [page = '', anchor] = href.split('#')
    if (anchor !== undefined) expect(idsOf(page)).toContain(anchor)
  }
})

test('guides come before what is made from the code, unless its very name was typed', () => {
  const pages = searchDocs('device').map(({ page }) => page)
  const isGuide = pages.map((page) => page !== 'SDK reference' && page !== 'SDK changelog')
  expect(isGuide.slice(0, 5)).toEqual([true, true, true, true, true])
  expect(isGuide).toEqual(isGuide.toSorted((one, other) => Number(other) - Number(one)))
  expect(searchDocs('Device')[0]).toMatchObject({ page: 'SDK reference', title: 'Device' })
})

test('an excerpt has words and no marks', () => {
  expect(proseOf('| A | B |\n| --- | :-: |\n| one | `x \\| y` |\n\n```ts\nconst code = 1\n```\n- first\n2. second\n')).not.toMatch(
    /---|```|const|^- |A/m,
  )
  for (const word of ['device', 'session', 'token', 'rate', 'error'])
    for (const { excerpt, href } of searchDocs(word)) expect(excerpt, `${word}: ${href}`).not.toMatch(/\| *\||---|```|ts const|\\/)
})

test('a sequence is drawn from lines, and a line that is none is an error', () => {
  expect(parseSequence('A -> B: GET /x: y\nB -> A: 200\n')).toEqual({
    actors: ['A', 'B'],
    steps: [
      { from: 'A', to: 'B', text: 'GET /x: y' },
      { from: 'B', to: 'A', text: '200' },
    ],
  })
  expect(() => parseSequence('A to B')).toThrow('A to B')
})
