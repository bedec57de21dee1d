const known: Record<string, string> = {
  'POST /api/v1/auth/register': 'registerUser',
  'POST /api/v1/auth/login': 'loginUser',
  'POST /api/v1/auth/refresh': 'refreshTokens',
  'POST /api/v1/auth/logout': 'logoutUser',
  'POST /api/v1/auth/token': 'exchangeToken',
  'GET /api/v1/auth/me': 'getMe',
  'GET /api/v1/usage/me': 'getUserUsage',
}

/** A stable name for a route that gives itself none: `GET /api/v1/devices/:id` is `getDevice`. `isListed`: one can GET the same path. */
export function operationIdOf(method: string, url: string, isListed: boolean): string {
  const name = known[`${method} ${url}`]
  if (name) return name
  const segments = url
    .replace(/^\/api\/v\d+/, '')
    .split('/')
    .filter(Boolean)
  const names = segments.filter((segment) => !segment.startsWith(':'))
  const last = names.at(-1) ?? 'root'
  const endsInItem = segments.at(-1)?.startsWith(':') === true
  const isCollection = isListed && !endsInItem && last.endsWith('s') && !last.endsWith('ss') && !last.endsWith('us')
  const path = (lastName: string): string => pascal([...names.slice(0, -1).map(singular), lastName].join('-'))

  if (method === 'GET') return isCollection ? `list${path(last)}` : `get${path(endsInItem ? singular(last) : last)}`
  if (method === 'PATCH' || method === 'PUT') return `update${path(singular(last))}`
  if (method === 'DELETE') return `delete${path(singular(last))}`
  if (isCollection) return `create${path(singular(last))}`
  // An act on something: `POST /devices/:id/rotate-key` is `rotateKeyDevice`.
  const act = pascal([last, ...names.slice(0, -1).map(singular)].join('-'))
  return act.charAt(0).toLowerCase() + act.slice(1)
}

const singular = (name: string): string => (/[^su]s$/.test(name) ? name.slice(0, -1) : name)

const pascal = (text: string): string => text.replaceAll(/(^|[-_.])([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase())
