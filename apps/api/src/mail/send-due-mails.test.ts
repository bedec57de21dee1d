import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeTenant } from '../../test/factories.ts'
import type { BaseCtx } from '../context.ts'
import { inTx } from '../context.ts'
import type { QueuedMail } from './queue-mail.ts'
import { queueMail } from './queue-mail.ts'
import { sendDueMails } from './send-due-mails.ts'
import { createSmtp } from './smtp.ts'

let api: TestApp
let ctx: BaseCtx
beforeAll(async () => {
  api = await buildTestApp()
  const { deps } = api
  const actor = { type: 'system', id: null } as const
  ctx = { deps, db: deps.prisma, actor, requestId: 'test', ip: null, userAgent: null, log: deps.log, now: () => new Date() }
})
afterAll(() => api.close())
beforeEach(async () => void (await api.deps.prisma.mail.deleteMany()))

/** A mail server that keeps what it took, or answers as told. */
async function openMailServer(answer: (received: string) => Error | null = () => null, options: SMTPServerOptions = {}) {
  const received: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    ...options,
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        received.push(text)
        done(answer(text))
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const smtp = createSmtp(`smtp://127.0.0.1:${port}`, 'CVault <no-reply@cvault.test>')
  return { received, smtp, close: () => new Promise<void>((resolve) => server.close(resolve)) }
}

const smtpError = (responseCode: number) => Object.assign(new Error('no'), { responseCode })
const queue = (mail: QueuedMail) => inTx(ctx, (ctx) => queueMail(ctx, mail))
const onlyMail = () => api.deps.prisma.mail.findFirstOrThrow()
const makeDue = () => api.deps.prisma.mail.updateMany({ data: { nextAttemptAt: new Date(0) } })
const messageIdOf = (text: string) => /^Message-ID: (.+)$/im.exec(text)?.[1]
const verify: QueuedMail = {
  tenantId: null,
  to: 'a@example.test',
  template: 'verify-email',
  data: { verifyUrl: 'https://p.test/verify?token=t1' },
}

test('a mail is sent once, and its body is forgotten', async () => {
  const server = await openMailServer()
  await queue(verify)
  expect((await onlyMail()).bodyEncrypted?.toString()).not.toContain('t1')
  expect(await Promise.all([sendDueMails(api.deps, server.smtp), sendDueMails(api.deps, server.smtp)])).toContain(1)
  expect(await sendDueMails(api.deps, server.smtp)).toBe(0)
  expect(server.received).toHaveLength(1)
  expect(server.received[0]).toContain('To: a@example.test')
  expect(await onlyMail()).toMatchObject({ status: 'sent', bodyEncrypted: null, attempts: 1 })
  await server.close()
})

test('a transaction that fails sends nothing', async () => {
  const failed = inTx(ctx, async (ctx) => {
    await queueMail(ctx, verify)
    throw new Error('changed its mind')
  })
  await expect(failed).rejects.toThrow('changed its mind')
  expect(await api.deps.prisma.mail.count()).toBe(0)
})

test('what the server cannot take now is tried later as the same mail; what it refuses is not', async () => {
  const answers = [smtpError(451), null, smtpError(550)]
  const server = await openMailServer(() => answers.shift() ?? null)
  await queue(verify)
  await sendDueMails(api.deps, server.smtp)
  const waiting = await onlyMail()
  expect(waiting).toMatchObject({ status: 'queued', attempts: 1, lastError: 'EMESSAGE 451' })
  expect(waiting.nextAttemptAt.getTime()).toBeGreaterThan(Date.now())
  await makeDue()
  await sendDueMails(api.deps, server.smtp)
  expect((await onlyMail()).status).toBe('sent')
  expect(new Set(server.received.map(messageIdOf)).size).toBe(1)

  await api.deps.prisma.mail.deleteMany()
  await queue(verify)
  await sendDueMails(api.deps, server.smtp)
  expect(await onlyMail()).toMatchObject({ status: 'failed', lastError: 'EMESSAGE 550', bodyEncrypted: null })
  await server.close()
})

test('a server that is down gets ten attempts', async () => {
  const server = await openMailServer()
  await server.close()
  await queue(verify)
  for (let attempt = 1; attempt <= 11; attempt += 1) {
    await makeDue()
    await sendDueMails(api.deps, server.smtp)
  }
  expect(await onlyMail()).toMatchObject({ status: 'failed', attempts: 10, lastError: 'ESOCKET', bodyEncrypted: null })
})

test('a mail whose sending could not be recorded is sent again as the same mail', async () => {
  const server = await openMailServer()
  await queue(verify)
  const { pool } = api.deps
  const query = (statement: { name?: string }) =>
    statement.name === 'mail-sent' ? Promise.reject(new Error('the connection broke')) : pool.query(statement as never)
  await sendDueMails({ ...api.deps, pool: { query } as unknown as typeof pool }, server.smtp)
  expect(await onlyMail()).toMatchObject({ status: 'queued', attempts: 1 })
  expect(await sendDueMails(api.deps, server.smtp)).toBe(0) // its lease keeps others away
  await makeDue()
  await sendDueMails(api.deps, server.smtp)
  expect((await onlyMail()).status).toBe('sent')
  const messageId = `<${(await onlyMail()).id}@cvault.test>`
  expect(server.received.map(messageIdOf)).toEqual([messageId, messageId])
  await server.close()
})

test('hostile names stay text: in the subject, in the headers and in the HTML', async () => {
  const server = await openMailServer()
  const name = 'Evil\r\nBcc: victim@example.test\r\n\r\n<img src=x onerror=alert(1)>"&'
  const { tenantId } = await makeTenant(api.deps, {
    whitelabelConfig: { name, primaryColor: 'red;}</style><script>', logoUrl: 'javascript:alert(1)' },
  })
  await queue({
    tenantId,
    to: 'b@example.test',
    template: 'invitation',
    data: { tenantName: name, inviterEmail: 'i@example.test', role: 'viewer', acceptUrl: 'https://p.test/invite?token=t2' },
  })
  await sendDueMails(api.deps, server.smtp)
  const [headers = '', ...body] = (server.received[0] ?? '').split('\r\n\r\n')
  expect(headers).not.toMatch(/^Bcc:/im)
  const text = body.join('\n').replaceAll(/=\r?\n/g, '')
  const html = text.slice(text.indexOf('<!doctype'))
  expect(html).not.toMatch(/<img|<script|javascript:/)
  expect(html).toContain('&lt;img')
  await server.close()
})
