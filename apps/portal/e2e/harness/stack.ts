import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SimulatedBackend } from '@cvault/api/test/e2e/harness/simulated-backend.ts'
import { startSimulatedBackend } from '@cvault/api/test/e2e/harness/simulated-backend.ts'
import { inject } from 'vitest'
import { portalProgram } from '../../../../scripts/dev/portal.ts'
import { startProgram, untilReady } from '../../../../scripts/dev/program.ts'
import type { Mailbox } from './mailbox.ts'
import { startMailbox } from './mailbox.ts'

/** What `npm start` runs, with a mail server that takes what the API sends. */
export type Stack = SimulatedBackend & {
  portalUrl: string
  mailbox: Mailbox
  /** All the portal ever wrote to its log. */
  portalLog(): Promise<string>
}

const startTimeoutMs = 60_000
// Every journey comes from one address, and signs up.
const generous = { SIGNUPS_PER_HOUR: '10000', MEMBER_REQUESTS_PER_MINUTE: '100000', PUBLIC_REQUESTS_PER_MINUTE: '100000' }

export async function startStack(): Promise<Stack> {
  const cleanups: Array<() => Promise<unknown>> = []
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'cvault-portal-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const mailbox = await startMailbox()
    cleanups.push(() => mailbox.stop())
    const portalUrl = `http://127.0.0.1:${await freePort()}`
    const backend = await startSimulatedBackend(async () => ({
      ...generous,
      PORTAL_URL: portalUrl,
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'CVault <no-reply@cvault.test>',
      SUPPORT_EMAIL: 'support@cvault.test',
      TRUST_PROXY: 'loopback',
      CORS_ORIGINS: portalUrl, // the API reference tries calls out
    }))
    cleanups.push(() => backend.stop())

    const logPath = path.join(folder, 'portal.log')
    const env = { API_URL: backend.api.url, PORTAL_SESSION_SECRET: randomBytes(32).toString('base64') }
    const portal = startProgram({ name: 'portal', ...portalProgram(inject('portalFolder'), new URL(portalUrl), env), logPath })
    cleanups.push(() => portal.stop())
    await untilReady(portal, `${portalUrl}/login`, logPath, startTimeoutMs)
    return { ...backend, portalUrl, mailbox, portalLog: () => readFile(logPath, 'utf8'), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no free TCP port')
  return address.port
}
