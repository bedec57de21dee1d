const repository = 'https://github.com/cvault/cvault/tree/main/'
const sdk = `${repository}packages/sdk-js/`

/** Files of the repository that are pages here. */
const pageOf: Record<string, string> = {
  [`${sdk}README.md`]: '/docs/sdk',
  [`${sdk}docs/api.md`]: '/docs/sdk/reference',
  [`${sdk}CHANGELOG.md`]: '/docs/sdk/changelog',
  [`${sdk}examples`]: '/docs/examples',
}

/** Which file a page shows, so that the links in it can be followed. */
const fileOf: Record<string, string> = {
  '/docs/sdk': 'README.md',
  '/docs/sdk/reference': 'docs/api.md',
  '/docs/sdk/changelog': 'CHANGELOG.md',
}

/** Where a link of a text leads from the page that shows it; null: nowhere we would send anybody. */
export function resolveLink(href: string, page: string): string | null {
  if (href.startsWith('#') || /^\/(?!\/)/.test(href)) return href
  const file = fileOf[page]
  const url = URL.parse(href, file === undefined ? undefined : sdk + file)
  if (url === null || url.protocol !== 'https:') return null
  const target = pageOf[url.origin + url.pathname.replace(/\/$/, '')]
  return target === undefined ? url.href : target + url.hash
}
