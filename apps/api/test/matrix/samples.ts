import { generateKeyPair } from '@cvault/wg/keys'
import { generateSync } from 'otplib'
import type { JsonSchema, Part, Route } from './routes.ts'
import type { World } from './world.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** What an id stands for, by where it is. A new id-typed input needs a line here. */
const idKinds: Array<[RegExp, keyof World['mine']]> = [
  [/\/admin\/tenants.* params\.id$/, 'tenantId'],
  [/\/admin\/tenants.* params\.keyId$/, 'apiKeyId'],
  [/\/admin\/servers.* params\.id$/, 'serverId'],
  [/\/api\/v1\/devices.* params\.id$/, 'deviceId'],
  [/\/tenant\/users.* params\.id$/, 'userId'],
  [/\/tenant\/devices.* params\.id$/, 'deviceId'],
  [/\/tenant\/sessions.* params\.id$/, 'sessionId'],
  [/\/tenant\/api-keys.* params\.id$/, 'apiKeyId'],
  [/ querystring\.userId$/, 'userId'],
  [/ querystring\.serverId$/, 'serverId'],
  [/\.deviceId$/, 'deviceId'],
  [/\/tenant\/members.* params\.id$/, 'memberId'],
  [/\/tenant\/invitations.* params\.id$/, 'invitationId'],
  [/\/tenant\/account\/sessions.* params\.id$/, 'memberSessionId'],
]

/** Values that a schema alone cannot tell. A new string with a pattern needs a line here. */
const samples: Array<[RegExp, (world: World) => Json]> = [
  [/tenant\/auth\/login body\.email$/, (world) => world.member.email],
  [/tenant\/auth\/refresh body\.refreshToken$/, (world) => world.signIn.refreshToken],
  [/verify-email body\.token$/, (world) => world.signIn.verifyToken],
  [/reset-password body\.token$/, (world) => world.signIn.resetToken],
  [/tenant\/auth\/invitations.* body\.token$/, (world) => world.signIn.invitationToken],
  [/ body\.mfaToken$/, (world) => world.signIn.mfaToken],
  [/ body\.code$/, (world) => generateSync({ secret: world.signIn.totpSecret })],
  [/ body\.recoveryCode$/, () => null], // one or the other
  [/account\/password body\.current$/, (world) => world.password],
  [/account\/password body\.new$/, () => 'another good long password 8'],
  [/auth\/login body\.email$/, (world) => world.email],
  [/ body\.email$/, () => `sample-${crypto.randomUUID()}@example.test`],
  [/ body\.password$/, (world) => world.password],
  [/ body\.refreshToken$/, (world) => world.refreshToken],
  [/ body\.publicKey$/, () => generateKeyPair().publicKey],
  [/ body\.(serverRegion|region)$/, (world) => world.region],
  [/ body\.expiresAt$/, () => new Date(Date.now() + 3_600_000).toISOString()],
  // Refused at once by our own machine, so that nothing waits for a network.
  [/ body\.(host|publicIp)$/, () => '127.0.0.1'],
  [/ body\.(sshPort)$/, () => 1],
  [/ body\.sshUser$/, () => 'cvault'],
  [/ body\.hostKey$/, () => `SHA256:${'A'.repeat(43)}`],
  [/ body\.interfaceName$/, () => 'wg7'],
  [/ body\.dnsServers$/, () => ['9.9.9.9']],
  [/ body\.(name|businessName|deviceName|externalUserId)$/, () => `sample ${crypto.randomUUID()}`],
  [/ querystring\.cursor$/, () => null],
  [/ querystring\.(q|actorId|targetId)$/, () => 'sample'],
  [/ querystring\.action$/, () => 'user.'],
  [/ querystring\.region$/, (world) => world.region],
  [/ querystring\.from$/, () => new Date(Date.now() - 3_600_000).toISOString()],
  [/ querystring\.to$/, () => new Date().toISOString()],
  [/ querystring\.timeZone$/, () => 'Europe/Berlin'],
  [/ body\.(subject|message|contactName)$/, () => 'a sample text'],
  [/ body\.contactEmail$/, () => 'contact@example.test'],
  [/ body\.website$/, () => 'https://example.test'],
  [/ body\.(whiteLabel|notifications|keyPolicy|network)$/, () => ({})],
  [/ querystring\.(move|online)$/, () => 'false'],
]

export function idKindOf(route: Route, part: Part, field: string): keyof World['mine'] {
  const place = `${route.name} ${part}.${field}`
  const found = idKinds.find(([pattern]) => pattern.test(place))
  if (!found) throw new Error(`${place} takes an id: say in idKinds (test/matrix/samples.ts) of what`)
  return found[1]
}

export const idFields = (route: Route, part: Part): string[] =>
  Object.entries(route.parts[part]?.properties ?? {})
    .filter(([, schema]) => plain(schema).format === 'uuid')
    .map(([field]) => field)

/** A value for every field of the part that the route takes: one a right-minded caller would send. */
export function sampleOf(route: Route, part: Part, world: World): JsonObject {
  const entries = Object.entries(route.parts[part]?.properties ?? {}).map(
    ([field, schema]) => [field, sampleField(route, part, field, schema, world)] as const,
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== null))
}

function sampleField(route: Route, part: Part, field: string, schema: JsonSchema, world: World): Json {
  const place = `${route.name} ${part}.${field}`
  const known = samples.find(([pattern]) => pattern.test(place))
  if (known) return known[1](world)
  const one = plain(schema)
  if (one.format === 'uuid') return world.mine[idKindOf(route, part, field)]
  if (one.enum) return one.enum[0] as Json
  if (one.type === 'boolean') return false
  if (one.type === 'integer' || one.type === 'number') return Math.max(one.minimum ?? 0, 1)
  if (one.type === 'string' && !one.pattern && !one.format) return 'x'.repeat(Math.max(one.minLength ?? 0, 1))
  throw new Error(`${place} cannot be guessed from its schema: add a value to samples (test/matrix/samples.ts)`)
}

/** The schema without the "or null" around it. */
export const plain = (schema: JsonSchema): JsonSchema => schema.anyOf?.find((option) => option.type !== 'null') ?? schema

export const isNullable = (schema: JsonSchema): boolean => schema.anyOf?.some((option) => option.type === 'null') ?? false
