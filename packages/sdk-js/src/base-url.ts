import { CVaultError } from './errors.ts'

/** The origin and prefix every path is put behind, without a slash at its end. HTTPS, unless the host is this machine. */
export function parseBaseUrl(text: string): string {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw invalid('it is not a URL. It is where the API is, e.g. https://api.cvault.io.')
  }
  // "localhost:3000" is a URL too, of the scheme "localhost".
  if (!/^https?:$/.test(url.protocol)) throw invalid('it must begin with https:// (http:// is for localhost only).')
  if (url.username !== '' || url.password !== '') throw invalid('it must not hold a user name or password.')
  if (url.search !== '' || url.hash !== '') throw invalid('it must not hold a query or a fragment.')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isThisMachine(url.hostname)))
    throw invalid(`${url.origin} is not encrypted. It must begin with https:// (http:// is for localhost only).`)
  // Whoever pastes the API's address with its version means the same place.
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '')
}

/**
 * Put values into a path, each as one segment whatever it holds.
 * @example path`/devices/${id}/config`
 */
export function path(texts: TemplateStringsArray, ...values: string[]): string {
  return texts.reduce((made, text, index) => made + segment(values[index - 1]) + text)
}

function segment(value: unknown): string {
  // URLs take out "." and ".." even when they are percent-encoded: no id of ours is one.
  if (typeof value !== 'string' || value === '' || /^\.{1,2}$|\p{Surrogate}/u.test(value))
    throw new CVaultError('INVALID_OPTIONS', `An id must be a non-empty text, as the API gave it; got ${described(value)}.`)
  return encodeURIComponent(value)
}

function described(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 50)) : typeof value
}

function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function invalid(why: string): CVaultError {
  return new CVaultError('INVALID_OPTIONS', `baseUrl: ${why}`)
}
