import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseEnv } from './env.ts'

const secrets = ['ADMIN_TOKEN', 'JWT_SECRET', 'PASSWORD_PEPPER', 'API_ENCRYPTION_KEY'] as const

const good = () => ({
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://cvault:s3cr3t-of-the-database@db:5432/cvault',
  ADMIN_TOKEN: randomBytes(32).toString('hex'),
  JWT_SECRET: randomBytes(32).toString('hex'),
  PASSWORD_PEPPER: randomBytes(32).toString('hex'),
  API_ENCRYPTION_KEY: 'q7Zr0kYc5bWf3mJx9dHs2vTg8nLp4uRe6aXo1iQyBKM=',
  WG_SSH_PRIVATE_KEY_PATH: '/run/keys/wg',
})

function problem(changes: Record<string, string | undefined>): string {
  try {
    parseEnv({ ...good(), ...changes })
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('The environment was accepted')
}

test('a production environment with real secrets is accepted', () => {
  expect(parseEnv(good())).toMatchObject({ NODE_ENV: 'production', PASSWORD_COST: 12, ROLES: ['web', 'worker'] })
})

test('production is the default: forgetting NODE_ENV weakens nothing', () => {
  expect(problem({ NODE_ENV: undefined, JWT_SECRET: 'change-me-change-me-change-me-change-me' })).toContain('JWT_SECRET')
})

test.each(secrets)('%s missing, empty or short: the message names it and says how to make one', (name) => {
  for (const value of [undefined, '', 'Zx9']) {
    const message = problem({ [name]: value })
    expect(message).toContain(name)
    expect(message).toContain('openssl rand -base64 32')
    for (const other of secrets) if (other !== name) expect(message).not.toContain(other)
    if (value) expect(message).not.toContain(value)
  }
})

test.each([
  'change-me-change-me-change-me-change-me',
  'CHANGEME0123456789abcdefghijklmnopqrstuv',
  'default-9f8e7d6c5b4a39281706f5e4d3c2b1a0',
  'example-9f8e7d6c5b4a39281706f5e4d3c2b1a0',
  'my-super-secret-jwt-key-of-our-company!!',
  'password-9f8e7d6c5b4a39281706f5e4d3c2b1a',
  'a'.repeat(44),
  'abababababababababababababababababababab',
])('%s is no secret in production', (value) => {
  for (const name of ['ADMIN_TOKEN', 'JWT_SECRET', 'PASSWORD_PEPPER']) {
    const message = problem({ [name]: value })
    expect(message).toContain(name)
    expect(message).toContain('openssl rand -base64 32')
    expect(message).not.toContain(value)
  }
})

test.each([
  ['31 bytes', Buffer.alloc(31, 7).toString('base64')],
  ['33 bytes', Buffer.alloc(33, 7).toString('base64')],
  ['32 zero bytes', Buffer.alloc(32).toString('base64')],
])('an encryption key of %s is refused', (_name, value) => {
  const message = problem({ API_ENCRYPTION_KEY: value })
  expect(message).toContain('API_ENCRYPTION_KEY')
  expect(message).not.toContain(value)
})

test('everything that is missing is said at once', () => {
  const message = problem({
    DATABASE_URL: undefined,
    ADMIN_TOKEN: undefined,
    JWT_SECRET: undefined,
    PASSWORD_PEPPER: 'short',
    API_ENCRYPTION_KEY: undefined,
  })
  for (const name of ['DATABASE_URL', ...secrets]) expect(message).toContain(name)
})

test.each([
  ['DATABASE_URL', 'mysql://cvault:s3cr3t-of-the-database@db/cvault', 'postgresql://'],
  ['REDIS_URL', 'http://:s3cr3t-of-redis@redis', 'redis://'],
  ['PASSWORD_COST', '4', 'at least 12'],
  ['WG_SSH_PRIVATE_KEY_PATH', '', 'ssh-keygen -t ed25519'],
  ['PORT', '99999', 'PORT'],
  ['ROLES', 'web,cron', 'ROLES'],
])('%s = %s is refused with %s', (name, value, hint) => {
  const message = problem({ [name]: value })
  expect(message).toContain(name)
  expect(message).toContain(hint)
  expect(message).not.toContain('s3cr3t')
})

test('no value is ever echoed', () => {
  const names = Object.keys(good()).concat('REDIS_URL', 'PORT', 'DATABASE_POOL_SIZE', 'LOG_LEVEL', 'PASSWORD_COST', 'ROLES')
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.stringMatching(/^[#~][A-Za-z0-9]{5,20}$/), (name, value) => {
      let message = ''
      try {
        parseEnv({ ...good(), [name]: value })
      } catch (error) {
        message = (error as Error).message
      }
      expect(message).not.toContain(value)
    }),
  )
})

test('outside production short work and no SSH key are fine, short secrets are not', () => {
  expect(parseEnv({ ...good(), NODE_ENV: 'test', PASSWORD_COST: '4', WG_SSH_PRIVATE_KEY_PATH: '' }).PASSWORD_COST).toBe(4)
  expect(problem({ NODE_ENV: 'test', JWT_SECRET: 'short' })).toContain('JWT_SECRET')
})
