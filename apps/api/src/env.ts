import { z } from 'zod'

const seconds = (fallback: number) => z.coerce.number().positive().default(fallback)
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  )

/** How to make one, for every secret: a message nobody has to look anything up for. */
const howToMake = 'make one with: openssl rand -base64 32'
const placeholders = /change.?me|default|example|secret|password|^(.)\1+$|123456|test/i

const encryptionKey = (name: string) =>
  z
    .string({ error: `${name} is not set; ${howToMake}` })
    .refine((text) => Buffer.from(text, 'base64').length === 32, `${name} must be 32 bytes in base64; ${howToMake}`)

const secret = (name: string) =>
  z.string({ error: `${name} is not set; ${howToMake}` }).min(32, `${name} is too short (32 characters at least); ${howToMake}`)

const DatabaseUrl = z
  .string({ error: 'DATABASE_URL is not set; e.g. postgresql://user:password@host:5432/cvault' })
  .regex(/^postgres(ql)?:\/\//, 'DATABASE_URL must start with postgresql://')

function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== ''
}

const Env = z
  .object({
    NODE_ENV: z.enum(['development', 'test', 'production']).default('production'),
    DATABASE_URL: DatabaseUrl,
    DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(16),
    REDIS_URL: z
      .string()
      .regex(/^rediss?:\/\//, 'REDIS_URL must start with redis:// or rediss://')
      .optional(),
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
    /** `web`, `worker` or both: one program, started as either. */
    ROLES: z
      .string()
      .default('web,worker')
      .transform((text) => text.split(',').map((role) => role.trim()))
      .pipe(z.array(z.enum(['web', 'worker'])).min(1)),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    ADMIN_TOKEN: secret('ADMIN_TOKEN'),
    JWT_SECRET: secret('JWT_SECRET'),
    PASSWORD_PEPPER: secret('PASSWORD_PEPPER'),
    API_ENCRYPTION_KEY: encryptionKey('API_ENCRYPTION_KEY'),
    /** Opens what it once sealed, while one key is replaced by the other. */
    API_ENCRYPTION_KEY_OTHER: encryptionKey('API_ENCRYPTION_KEY_OTHER').optional(),
    WG_SSH_PRIVATE_KEY_PATH: z.string().optional(),
    CORS_ORIGINS: list,
    /** Addresses or CIDRs of proxies whose X-Forwarded-For is believed. */
    TRUST_PROXY: list,
    /** From one address (an IPv6 /64): failed authentications, and calls that need none. */
    AUTH_FAILURES_PER_MINUTE: z.coerce.number().int().min(1).default(100),
    PUBLIC_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).default(600),
    MEMBER_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).default(600),
    /** Accounts made from one address (an IPv6 /64). */
    SIGNUPS_PER_HOUR: z.coerce.number().int().min(1).default(20),
    /** Where mail goes out. Holds a password. Without it mails stay in the outbox. */
    SMTP_URL: z.string().refine(isSmtpUrl, 'SMTP_URL must be smtp://user:password@host:587 or smtps://user:password@host:465').optional(),
    MAIL_FROM: z
      .string()
      .regex(/^[^\r\n<>]*<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/, 'MAIL_FROM must be an address, e.g. CVault <no-reply@example.com>')
      .default('CVault <no-reply@localhost>'),
    /** Where the portal is: what links in mails and the `type` of problems start with, never taken from a request. */
    PORTAL_URL: z
      .string()
      .regex(/^https?:\/\/[^/?#]+$/, 'PORTAL_URL must be an origin, e.g. https://portal.example.com')
      .optional(),
    /** Who answers the tenants' questions. */
    SUPPORT_EMAIL: z.email('SUPPORT_EMAIL must be an e-mail address').optional(),
    DEVICE_POOL_CIDR: z.string().default('10.8.0.0/16'),
    ADDRESS_REST_SECONDS: z.coerce.number().int().min(0).default(600),
    METER_INTERVAL_SECONDS: seconds(15),
    RECONCILE_INTERVAL_SECONDS: seconds(60),
    /** How long single intervals of metering are kept; hours and days stay. */
    USAGE_INTERVAL_DAYS: z.coerce.number().int().min(32).max(36_500).default(400),
    /** Nobody is added to a server whose packet rules (nft) cannot be loaded. */
    REQUIRE_ISOLATION: z.stringbool().default(true),
    /** How long a lane stays with a worker that is not heard of any more; another has it a third of that later at the latest. */
    LANE_LEASE_SECONDS: seconds(10),
    PROVISION_WAIT_MS: z.coerce.number().int().min(0).max(10_000).default(2_000),
    PASSWORD_COST: z.coerce.number().int().min(4).max(15).default(12),
  })
  .superRefine((env, context) => {
    if (env.NODE_ENV !== 'production') return
    for (const name of ['ADMIN_TOKEN', 'JWT_SECRET', 'PASSWORD_PEPPER', 'API_ENCRYPTION_KEY'] as const) {
      if (placeholders.test(env[name]) || new Set(env[name]).size < 12)
        context.addIssue({ code: 'custom', path: [name], message: `${name} looks like a default, not a secret; ${howToMake}` })
    }
    if (env.PASSWORD_COST < 12)
      context.addIssue({ code: 'custom', path: ['PASSWORD_COST'], message: 'PASSWORD_COST must be at least 12 in production' })
    if (env.ROLES.includes('worker') && !env.WG_SSH_PRIVATE_KEY_PATH)
      context.addIssue({
        code: 'custom',
        path: ['WG_SSH_PRIVATE_KEY_PATH'],
        message: 'WG_SSH_PRIVATE_KEY_PATH is not set; make a key with: ssh-keygen -t ed25519 -N "" -f wg-ssh-key',
      })
    if (env.SMTP_URL === undefined) return
    const howToSet = { MAIL_FROM: 'the address mails come from', PORTAL_URL: 'where the links in mails lead' }
    if (env.MAIL_FROM.endsWith('@localhost>'))
      context.addIssue({ code: 'custom', path: ['MAIL_FROM'], message: `MAIL_FROM is not set; it is ${howToSet.MAIL_FROM}` })
    if (env.PORTAL_URL === undefined)
      context.addIssue({ code: 'custom', path: ['PORTAL_URL'], message: `PORTAL_URL is not set; it is ${howToSet.PORTAL_URL}` })
  })
export type Env = z.infer<typeof Env>

/** What whoever wraps data keys anew needs. */
export const keyEnvOf = (source: Record<string, string | undefined>) =>
  parse(
    z.object({
      DATABASE_URL: DatabaseUrl,
      API_ENCRYPTION_KEY: encryptionKey('API_ENCRYPTION_KEY'),
      API_ENCRYPTION_KEY_OTHER: encryptionKey('API_ENCRYPTION_KEY_OTHER'),
    }),
    source,
  )

/** Parse the environment, or say everything that is wrong with it at once. Values are never echoed. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  return parse(Env, source)
}

/** The one variable a migration needs: whoever runs it need not hold the secrets. */
export function databaseUrlOf(source: Record<string, string | undefined>): string {
  return parse(z.object({ DATABASE_URL: DatabaseUrl }), source).DATABASE_URL
}

function parse<T>(schema: z.ZodType<T>, source: Record<string, string | undefined>): T {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(present)
  if (parsed.success) return parsed.data
  const firstOfEach = new Map(parsed.error.issues.toReversed().map((issue) => [issue.path.join('.'), issue]))
  const problems = [...firstOfEach.values()].toReversed().map((issue) => `  - ${messageOf(issue)}`)
  throw new Error(`CVault cannot start; its environment is wrong:\n${problems.join('\n')}`)
}

function messageOf(issue: z.core.$ZodIssue): string {
  const name = issue.path.join('.')
  return issue.message.startsWith(name) ? issue.message : `${name}: ${issue.message}`
}
