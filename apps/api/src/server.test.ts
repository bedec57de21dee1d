import { randomBytes } from 'node:crypto'
import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

const name = `cvault_test_empty_${randomBytes(6).toString('hex')}`
let databaseUrl: string

beforeAll(async () => {
  await runSql(`CREATE DATABASE ${name}`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  databaseUrl = url.href
})
afterAll(() => runSql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))

const secrets = () =>
  Object.fromEntries(
    ['ADMIN_TOKEN', 'JWT_SECRET', 'PASSWORD_PEPPER', 'API_ENCRYPTION_KEY'].map((secret) => [secret, randomBytes(32).toString('base64')]),
  )
const run = (args: string[], env: Record<string, string>) =>
  promisify(execFile)(process.execPath, [`${import.meta.dirname}/server.ts`, ...args], {
    env: { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'silent', ROLES: 'web', ...env },
    timeout: 20_000,
  }).catch((error: { code: number; stdout: string; stderr: string }) => error)

test('a command there is not is refused, instead of starting a server', async () => {
  const { stderr } = await run(['migrat'], {})
  expect(stderr).toContain('"migrat" is not a command. There are: migrate, rewrap-keys, verify-metering.')
})

test('a worker whose SSH key cannot be read does not start', async () => {
  const { stderr } = await run([], { ...secrets(), DATABASE_URL: databaseUrl, ROLES: 'worker', WG_SSH_PRIVATE_KEY_PATH: '/nowhere/key' })
  expect(stderr).toContain('WG_SSH_PRIVATE_KEY_PATH (/nowhere/key) cannot be read: ENOENT. Make a key with')
})

test('a database that cannot be reached is named, its password not', async () => {
  const { stderr } = await run([], { ...secrets(), DATABASE_URL: 'postgresql://cvault:hidden@localhost:1/cvault' })
  expect(stderr).toMatch(/^DATABASE_URL: localhost:1\/cvault cannot be used: .*ECONNREFUSED/)
  expect(stderr).not.toContain('hidden')
})

test('a database without migrations is refused; migrate needs its URL alone, and can be run again', async () => {
  const { stderr } = await run([], { ...secrets(), DATABASE_URL: databaseUrl })
  expect(stderr).toMatch(/^The database lacks \d+_init.*\. Apply with: node \S+ migrate\n$/)
  expect((await run(['migrate'], {})).stderr).toContain('DATABASE_URL is not set')
  expect((await run(['migrate'], { DATABASE_URL: databaseUrl })).stdout).toMatch(/^Applied \d+_init/)
  expect((await run(['migrate'], { DATABASE_URL: databaseUrl })).stdout).toBe('The database is up to date\n')
})

async function runSql(sql: string): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
