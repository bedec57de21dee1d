import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../test/build-test-app.ts'
import { makeMember, makeTenant } from '../../test/factories.ts'
import { memberCalls } from '../../test/member-calls.ts'
import type { MailSender } from './mail-sender.ts'
import { startMailSender } from './mail-sender.ts'

type Answer = (received: string) => { responseCode: number } | null

let server: SMTPServer
let answer: Answer = () => null
let received: string[] = []
let api: TestApp
let replica: Awaited<ReturnType<typeof buildReplica>>
const senders: MailSender[] = []

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        received.push(text)
        const refusal = answer(text)
        done(refusal && Object.assign(new Error('no'), refusal))
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  api = await buildTestApp({ SMTP_URL: `smtp://127.0.0.1:${port}`, SUPPORT_EMAIL: 'help@provider.example' })
  replica = await buildReplica(api)
})
afterAll(async () => {
  await replica.close()
  await api.close()
  await new Promise<void>((resolve) => server.close(resolve))
})
beforeEach(async () => {
  await api.deps.prisma.mail.deleteMany()
  received = []
  answer = () => null
})
afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.close()
  vi.useRealTimers()
})

/** A worker's sender whose clock never ticks: it is woken, or it sleeps. */
function startAsleep(deps = api.deps): void {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  senders.push(startMailSender(deps))
}

const mails = () => api.deps.prisma.mail.findMany({ orderBy: { id: 'asc' } })
const messageIdsOf = (texts: string[]) => texts.map((text) => /^Message-ID: (.+)$/im.exec(text)?.[1])

async function write(count: number, { app, deps } = api): Promise<void> {
  const tenant = await makeTenant(deps)
  for (let index = 0; index < count; index += 1) {
    const member = await makeMember(deps, tenant)
    const body = { subject: `Question ${index}`, message: 'Does it work for you?' }
    const response = await memberCalls({ app, deps }).post('support', body, member)
    expect(response.statusCode, response.body).toBe(204)
  }
}

test('who writes a mail wakes the sender, in whichever process: it does not wait for its clock', async () => {
  startAsleep()
  await write(1, { ...api, ...replica })
  await expect.poll(() => received.length, { timeout: 15_000 }).toBe(1)
  await expect.poll(async () => (await mails())[0]?.status, { timeout: 15_000 }).toBe('sent')
  await write(1)
  await expect.poll(() => received.length, { timeout: 15_000 }).toBe(2)
})

test('what lay there when a worker starts is sent, more than one batch of it', async () => {
  await write(12)
  startAsleep()
  await expect.poll(() => received.length, { timeout: 30_000 }).toBe(12)
})

test('two workers, woken by every mail at once, send each exactly once', async () => {
  startAsleep()
  startAsleep(replica.deps)
  await Promise.all([write(15), write(15, { ...api, ...replica })])
  await expect.poll(async () => (await mails()).filter(({ status }) => status === 'sent').length, { timeout: 30_000 }).toBe(30)
  expect(received).toHaveLength(30)
  expect(new Set(messageIdsOf(received)).size).toBe(30)
  expect((await mails()).every(({ attempts }) => attempts === 1)).toBe(true)
})

test('a mail that is refused for ever is given up at once and can be seen; the others go out', async () => {
  answer = (text) => (text.includes('Question 1') ? { responseCode: 550 } : null)
  startAsleep()
  await write(3)
  await expect
    .poll(async () => (await mails()).map(({ status }) => status).toSorted(), { timeout: 15_000 })
    .toEqual(['failed', 'sent', 'sent'])
  const failed = (await mails()).find(({ status }) => status === 'failed')
  expect(failed).toMatchObject({ attempts: 1, lastError: 'EMESSAGE 550', bodyEncrypted: null, sentAt: null })
  const { values } = await api.deps.metrics.mails.get()
  expect(values.find(({ labels }) => labels['result'] === 'refused')?.value).toBe(1)
  expect(received).toHaveLength(3)
})

test('a mail that fails for now waits longer each time, a third to three times as before, and at most an hour and a half', async () => {
  answer = () => ({ responseCode: 451 })
  await write(1)
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    startAsleep()
    await expect.poll(async () => (await mails())[0]?.lastError, { timeout: 15_000 }).toBe('EMESSAGE 451')
    for (const sender of senders.splice(0)) await sender.close()
    const [mail] = await mails()
    const waitMs = (mail?.nextAttemptAt.getTime() ?? 0) - Date.now()
    const wantedMs = Math.min(3_600, 10 * 3 ** (attempt - 1)) * 1_000
    expect(mail).toMatchObject({ status: 'queued', attempts: attempt })
    expect(waitMs).toBeGreaterThan(wantedMs * 0.5 - 15_000)
    expect(waitMs).toBeLessThanOrEqual(wantedMs * 1.5)
    await api.deps.prisma.mail.updateMany({ data: { nextAttemptAt: new Date(0), lastError: null } })
  }
  startAsleep()
  await expect.poll(async () => (await mails())[0]?.status, { timeout: 15_000 }).toBe('failed')
  expect((await mails())[0]).toMatchObject({ attempts: 10, bodyEncrypted: null })
  expect(new Set(messageIdsOf(received)).size).toBe(1)
}, 60_000)

test('closing waits for the mail under way, and records it', async () => {
  let isTaken = false
  answer = () => {
    isTaken = true
    return null
  }
  startAsleep()
  await write(1)
  await expect.poll(() => isTaken, { timeout: 15_000 }).toBe(true)
  for (const sender of senders.splice(0)) await sender.close()
  expect((await mails())[0]?.status).toBe('sent')
})

test('with a mail server there is no outbox to read, in development neither', async () => {
  const developing = await buildTestApp({ NODE_ENV: 'development', SMTP_URL: 'smtp://127.0.0.1:1' })
  for (const url of ['/dev/outbox', '/dev/outbox.json', '/dev/outbox/00000000-0000-7000-8000-000000000000'])
    expect((await developing.app.inject({ url, headers: { host: 'localhost' } })).statusCode).toBe(404)
  await developing.close()
})
