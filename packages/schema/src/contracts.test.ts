import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Email, Password } from './auth.ts'
import { Name, PageQuery, Region } from './common.ts'
import { errorStatuses } from './error-codes.ts'
import { CreateServer, UpdateServer } from './servers.ts'

const server = { name: 'fra-1', region: 'eu-central', host: '203.0.113.7', hostKey: `SHA256:${'A'.repeat(43)}` }

test('a name never holds a line break or a control character, whatever is sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const parsed = Name(40).safeParse(text)
      if (parsed.success) expect(parsed.data).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
    }),
  )
  expect(Name(10).parse('  MacBook ')).toBe('MacBook')
  for (const bad of ['', '   ', 'a\nb', 'a\u0000b', 'a\u2028b', 'x'.repeat(11)]) expect(Name(10).safeParse(bad).success, bad).toBe(false)
})

test('one e-mail address has one spelling', () => {
  expect(Email.parse(' Ada@Example.COM ')).toBe('ada@example.com')
  for (const bad of ['ada', 'ada@', '@example.com', 'a b@example.com', 'a@b@c.com', `${'a'.repeat(250)}@example.com`])
    expect(Email.safeParse(bad).success, bad).toBe(false)
})

test('passwords of 8 to 128 characters', () => {
  for (const [length, isGood] of [
    [7, false],
    [8, true],
    [128, true],
    [129, false],
  ] as const)
    expect(Password.safeParse('x'.repeat(length)).success, String(length)).toBe(isGood)
})

test('nothing a shell, a config or ssh would read as more than one word gets into a server', () => {
  expect(CreateServer.safeParse(server).success).toBe(true)
  const attacks = ['-oProxyCommand=id', 'a b', 'a;id', '$(id)', '`id`', 'a\nb', 'a|b', "a'b", 'a"b', '../x', '']
  for (const field of ['host', 'publicIp', 'sshUser', 'interfaceName', 'region', 'hostKey'])
    for (const attack of attacks) expect(CreateServer.safeParse({ ...server, [field]: attack }).success, `${field} ${attack}`).toBe(false)
})

test('an update must change something, and something we know', () => {
  expect(UpdateServer.safeParse({}).success).toBe(false)
  expect(UpdateServer.safeParse({ status: 'maintenance' }).success).toBe(true)
  expect(UpdateServer.safeParse({ publicKey: 'x' }).success).toBe(false)
})

test('pages have a size within bounds, and a default', () => {
  expect(PageQuery.parse({}).limit).toBe(50)
  expect(PageQuery.parse({ limit: '200' }).limit).toBe(200)
  for (const limit of ['0', '201', '-1', '1.5', 'x', '1e9']) expect(PageQuery.safeParse({ limit }).success, limit).toBe(false)
})

test('regions and error codes keep their form', () => {
  for (const bad of ['US-East', 'us_east', '-us', 'us-', 'us--east', 'u']) expect(Region.safeParse(bad).success, bad).toBe(false)
  for (const [code, status] of Object.entries(errorStatuses)) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
  }
})
