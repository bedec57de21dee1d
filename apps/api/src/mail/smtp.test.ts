import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SMTPServerOptions } from 'smtp-server'
import { SMTPServer } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import type { Smtp } from './smtp.ts'
import { createSmtp } from './smtp.ts'

const closers: Array<() => unknown> = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const mail = { id: 'mail-1', recipient: 'a@example.test', subject: 'Hello', text: 'secret link', html: '<p>secret link</p>', replyTo: null }
const send = (smtp: Smtp, signal = new AbortController().signal) => smtp.send(mail, signal)
const smtpAt = (port: number, { user = '', host = '127.0.0.1', query = '' } = {}) =>
  createSmtp(`smtp://${user}${host}:${port}${query}`, 'CVault <no-reply@cvault.test>')

async function listen(server: Server | SMTPServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = (server instanceof SMTPServer ? server.server : server).address() as AddressInfo
  return port
}

/** A mail server that keeps what it took, and whether it came over TLS. */
async function openMailServer(options: SMTPServerOptions = {}) {
  const received: Array<{ text: string; secure: boolean }> = []
  const logins: Array<{ password: string | null | undefined; secure: boolean }> = []
  const server = new SMTPServer({
    authOptional: true,
    ...options,
    onAuth({ password }, { secure }, done) {
      logins.push({ password, secure })
      done(null, { user: 'me' })
    },
    onData(stream, { secure }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        received.push({ text: Buffer.concat(chunks).toString(), secure })
        done()
      })
    },
  })
  server.on('error', () => {}) // clients that hang up
  return { received, logins, port: await listen(server) }
}

/** A server that speaks as told: what it answers to each command, null for nothing at all, 'die' to hang up. */
async function openOddServer(greeting: string | null, answer: (command: string) => string | null) {
  const sockets = new Set<Socket>()
  const commands: string[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    const reply = (text: string | null) => (text === 'die' ? socket.destroy() : text === null ? undefined : socket.write(`${text}\r\n`))
    reply(greeting)
    socket.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
        commands.push(line)
        reply(answer(line))
      }
    })
  })
  const port = await listen(server)
  closers.unshift(() => sockets.forEach((socket) => socket.destroy()))
  return { port, commands }
}

const polite = (command: string): string | null => {
  if (command.startsWith('EHLO')) return '250 odd.test'
  if (/^(MAIL|RCPT|RSET)/.test(command)) return '250 ok'
  if (command.startsWith('DATA')) return '354 go on'
  if (command.startsWith('QUIT')) return '221 bye'
  return command === '.' ? '250 taken' : null
}

/** A CA of this test's own, and a certificate of it for 127.0.0.1 and localhost. */
function makeCertificates(): { ca: string; key: string; cert: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'cvault-test-ca-'))
  const at = (name: string) => path.join(folder, name)
  const openssl = (...parts: string[]) => execFileSync('openssl', parts, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost')
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA', '-days', '1')
  openssl('req', ...key, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=localhost')
  openssl(
    'x509',
    '-req',
    '-in',
    'request.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'cert.pem',
    '-days',
    '1',
    '-extfile',
    'names',
  )
  const read = (name: string) => readFileSync(at(name), 'utf8')
  const made = { ca: read('ca.pem'), key: read('key.pem'), cert: read('cert.pem') }
  rmSync(folder, { recursive: true })
  return made
}

const signed = makeCertificates()
const { key, cert } = signed
const trusting = `?tls.ca=${encodeURIComponent(signed.ca)}`

test('where the server offers TLS and its certificate is trusted, mail and password go over it', async () => {
  const { port, received, logins } = await openMailServer({ key, cert })
  expect(await send(smtpAt(port, { user: 'me:hunter2@', query: trusting }))).toEqual({ outcome: 'sent' })
  expect(received).toMatchObject([{ secure: true, text: expect.stringContaining('secret link') }])
  expect(logins).toEqual([{ password: 'hunter2', secure: true }])
})

test('a certificate nobody trusts, or of another name, gets neither mail nor password; it is tried again later', async () => {
  const { port, received, logins } = await openMailServer({ key, cert })
  const other = await openMailServer({ ...makeCertificates() })
  for (const smtp of [
    smtpAt(port, { user: 'me:hunter2@' }),
    smtpAt(other.port, { user: 'me:hunter2@', query: trusting }),
    smtpAt(port, { user: 'me:hunter2@', host: '0.0.0.0', query: trusting }), // not in the certificate
  ])
    expect(await send(smtp)).toMatchObject({ outcome: 'retry', error: expect.stringMatching(/^[A-Z_]+$/) })
  expect([...received, ...logins, ...other.received, ...other.logins]).toEqual([])
})

test('a password goes to no server elsewhere that hides its TLS', async () => {
  const { port, received, logins } = await openMailServer({ disabledCommands: ['STARTTLS'] })
  expect(await send(smtpAt(port, { user: 'me:hunter2@', host: '0.0.0.0' }))).toMatchObject({ outcome: 'retry' })
  expect([...received, ...logins]).toEqual([])
  expect(await send(smtpAt(port))).toEqual({ outcome: 'sent' }) // on this machine and without one
})

test.each([
  ['says nothing', null, polite],
  ['falls silent after its greeting', '220 odd.test', () => null],
  ['takes the text and never says so', '220 odd.test', (command: string) => (command === '.' ? null : polite(command))],
])('a server that %s holds nobody up: the attempt ends when told to', async (_what, greeting, answer) => {
  const { port } = await openOddServer(greeting, answer)
  const attempt = new AbortController()
  const sending = send(smtpAt(port), attempt.signal)
  setTimeout(() => attempt.abort(), 200)
  expect(await sending).toMatchObject({ outcome: 'retry' })
})

test.each([
  ['before its greeting', 'die', polite],
  ['at the recipient', '220 odd.test', (command: string) => (command.startsWith('RCPT') ? 'die' : polite(command))],
  ['in the middle of the text', '220 odd.test', (command: string) => (command.startsWith('Subject') ? 'die' : polite(command))],
  ['after the text', '220 odd.test', (command: string) => (command === '.' ? 'die' : polite(command))],
])('a server that dies %s is tried again later', async (_what, greeting, answer) => {
  const { port } = await openOddServer(greeting, answer)
  expect(await send(smtpAt(port))).toMatchObject({ outcome: 'retry', error: expect.stringMatching(/^[A-Z_]+$/) })
})

test.each([
  ['550 no such user', /^RCPT/, { outcome: 'refused', error: 'EENVELOPE 550' }],
  ['552 too big', /^\.$/, { outcome: 'refused', error: 'EMESSAGE 552' }],
  ['450 mailbox busy', /^RCPT/, { outcome: 'retry', error: 'EENVELOPE 450' }],
  ['421 try again', /^MAIL/, { outcome: 'retry' }],
  ['554 not welcome', /^(EHLO|HELO)/, { outcome: 'retry' }],
])('a server that answers "%s"', async (reply, at, expected) => {
  const { port } = await openOddServer('220 odd.test', (command) => (at.test(command) ? reply : polite(command)))
  const result = await send(smtpAt(port))
  expect(result).toMatchObject(expected)
  expect(JSON.stringify(result)).not.toMatch(/user|big|busy|welcome/) // a server's words may hold addresses
})

test('a wrong login is ours to repair: the mail waits', async () => {
  const refuse = (command: string) => {
    if (command.startsWith('EHLO')) return '250-odd.test\r\n250 AUTH PLAIN'
    return command.startsWith('AUTH') ? '535 no' : polite(command)
  }
  const { port, commands } = await openOddServer('220 odd.test', refuse)
  expect(await send(smtpAt(port, { user: 'me:wrong@' }))).toEqual({ outcome: 'retry', error: 'EAUTH 535' })
  expect(commands.some((command) => command.startsWith('MAIL'))).toBe(false)
})
