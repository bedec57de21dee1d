import type { ErrorCode } from '@cvault/schema/error-codes'
import { errorStatuses } from '@cvault/schema/error-codes'
import type { RouteOptions } from 'fastify'
import { isPermission, type Access, type Permission } from './access.ts'

const byAccess: Record<Exclude<Access, Permission>, ErrorCode[]> = {
  public: [],
  operator: ['INVALID_OPERATOR_TOKEN'],
  tenant: ['INVALID_API_KEY', 'INVALID_API_SECRET', 'API_SECRET_REQUIRED', 'TENANT_SUSPENDED'],
  'tenant-secret': ['INVALID_API_KEY', 'INVALID_API_SECRET', 'API_SECRET_REQUIRED', 'TENANT_SUSPENDED'],
  member: ['INVALID_TOKEN', 'TOKEN_EXPIRED'],
  user: ['INVALID_API_KEY', 'INVALID_API_SECRET', 'API_SECRET_REQUIRED', 'INVALID_TOKEN', 'TOKEN_EXPIRED', 'TENANT_SUSPENDED'],
}

/** What a member may be told besides, on a route that asks for a permission. */
const byPermission: ErrorCode[] = ['FORBIDDEN', 'TENANT_SUSPENDED']

/** What each area may answer besides: by the start of its path, under `/api/v1`. */
const byPath: Array<[RegExp, ErrorCode[]]> = [
  [/^\/api\/v1\/auth\/register/, ['USER_EXISTS', 'USER_LIMIT_EXCEEDED', 'OVERLOADED']],
  [/^\/api\/v1\/auth\/login/, ['INVALID_CREDENTIALS', 'USER_DISABLED', 'OVERLOADED']],
  [/^\/api\/v1\/auth\/refresh/, ['INVALID_REFRESH_TOKEN', 'USER_DISABLED']],
  [/^\/api\/v1\/auth\/token/, ['USER_EXISTS', 'USER_LIMIT_EXCEEDED', 'USER_DISABLED']],
  [
    /^\/api\/v1\/devices/,
    ['DEVICE_LIMIT_EXCEEDED', 'BANDWIDTH_LIMIT_EXCEEDED', 'PUBLIC_KEY_IN_USE', 'ADDRESS_POOL_EXHAUSTED', 'SERVER_UNAVAILABLE'],
  ],
  [/^\/api\/v1\/tenant\/auth\/signup/, ['OVERLOADED']],
  [/^\/api\/v1\/tenant\/auth\/login$/, ['INVALID_CREDENTIALS', 'USER_DISABLED', 'OVERLOADED']],
  [/^\/api\/v1\/tenant\/auth\/login\/totp/, ['INVALID_TOKEN', 'INVALID_CODE', 'USER_DISABLED']],
  [/^\/api\/v1\/tenant\/auth\/refresh/, ['INVALID_REFRESH_TOKEN', 'USER_DISABLED']],
  [/^\/api\/v1\/tenant\/auth\/(verify|reset|invitations)/, ['INVALID_LINK', 'OVERLOADED']],
  [/^\/api\/v1\/tenant\/account/, ['INVALID_CREDENTIALS', 'INVALID_CODE', 'OVERLOADED']],
  [/^\/api\/v1\/vpn/, ['BANDWIDTH_LIMIT_EXCEEDED', 'SERVER_UNAVAILABLE']],
  [/^\/admin\/servers/, ['SERVER_NOT_EMPTY', 'SERVER_CHECK_FAILED', 'SERVER_UNAVAILABLE']],
]

/** The error codes a route may answer with, by status: what its access, its inputs and its area imply. */
export function problemStatusesOf(route: RouteOptions, access: Access): Array<[number, ErrorCode[]]> {
  const { method, url, schema } = route
  const isWrite = method !== 'GET' && method !== 'HEAD'
  const codes: ErrorCode[] = ['BAD_REQUEST', ...(isPermission(access) ? [...byAccess.member, ...byPermission] : byAccess[access])]
  if (schema?.body || schema?.params || schema?.querystring) codes.push('VALIDATION_FAILED')
  if (schema?.params || schema?.body || schema?.querystring) codes.push('NOT_FOUND')
  if (isWrite) codes.push('MALFORMED_JSON', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE', 'CONFLICT')
  if (method === 'PATCH') codes.push('PRECONDITION_FAILED')
  if (method === 'POST' && access !== 'public') codes.push('VALIDATION_FAILED', 'IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED')
  for (const [path, more] of byPath) if (path.test(url) && (isWrite || !path.source.includes('auth'))) codes.push(...more)
  if (route.config?.rateLimit !== false) codes.push('RATE_LIMITED')
  codes.push('INTERNAL', 'SERVICE_UNAVAILABLE')

  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of new Set(codes)) byStatus.set(errorStatuses[code], [...(byStatus.get(errorStatuses[code]) ?? []), code])
  return [...byStatus].sort(([left], [right]) => left - right)
}
