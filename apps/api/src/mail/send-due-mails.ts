import type { Pool } from 'pg'
import type { Deps } from '../deps.ts'
import { openBody } from './mail-body.ts'
import type { SendResult, Smtp } from './smtp.ts'

const maxAttempts = 10
const batchSize = 5
/** How long one attempt may take, and how long it keeps other workers away: enough for it to end and be recorded. */
const attemptMs = 30_000
const leaseSeconds = 120

type Row = { id: string; tenant_id: string | null; recipient: string; subject: string; body_encrypted: Buffer; attempts: number }

/** Try the mails that are due, a few at a time. Returns how many there were. */
export async function sendDueMails(deps: Deps, smtp: Smtp): Promise<number> {
  await giveUp(deps.pool)
  const rows = await claim(deps.pool)
  // What cannot be recorded is tried again when its lease ends.
  await Promise.all(rows.map((row) => sendOne(deps, smtp, row).catch((err: unknown) => deps.log.warn({ err }, 'cannot record a mail'))))
  return rows.length
}

// An attempt is counted before it is made: a mail that kills its worker is not tried for ever.
async function claim(pool: Pool): Promise<Row[]> {
  const { rows } = await pool.query<Row>({
    name: 'mail-claim',
    text: `UPDATE mails m SET attempts = m.attempts + 1, next_attempt_at = now() + make_interval(secs => $2)
      FROM (SELECT id FROM mails WHERE status = 'queued' AND next_attempt_at <= now() ORDER BY next_attempt_at, id LIMIT $1 FOR UPDATE SKIP LOCKED) due
      WHERE m.id = due.id
      RETURNING m.id, m.tenant_id, m.recipient, m.subject, m.body_encrypted, m.attempts`,
    values: [batchSize, leaseSeconds],
  })
  return rows
}

// Nobody wants a link of the day before yesterday, least of all a thousand of them once a mail server is there at last.
async function giveUp(pool: Pool): Promise<void> {
  await pool.query({
    name: 'mail-give-up',
    text: `UPDATE mails SET status = 'failed', body_encrypted = NULL, last_error = coalesce(last_error, 'not sent in time')
      WHERE status = 'queued' AND next_attempt_at <= now() AND (attempts >= $1 OR created_at < now() - interval '2 days')`,
    values: [maxAttempts],
  })
}

async function sendOne({ pool, keyring, log, metrics }: Deps, smtp: Smtp, row: Row): Promise<void> {
  const { id, tenant_id: tenantId, recipient, subject, body_encrypted: bodyEncrypted, attempts } = row
  const body = await openBody(keyring, { id, tenantId, bodyEncrypted }).catch(() => null)
  const result: SendResult = body
    ? await smtp.send({ id, recipient, subject, ...body }, AbortSignal.timeout(attemptMs))
    : { outcome: 'refused', error: 'body cannot be opened' }
  if (result.outcome === 'sent') await recordSent(pool, id)
  else {
    const isLast = result.outcome === 'refused' || attempts >= maxAttempts
    await recordFailure(pool, row, result.error, isLast)
    log.warn({ mailId: id, error: result.error, attempts, isLast }, 'a mail was not sent')
  }
  metrics.mails.inc({ result: result.outcome })
}

async function recordSent(pool: Pool, id: string): Promise<void> {
  await pool.query({
    name: 'mail-sent',
    text: `UPDATE mails SET status = 'sent', sent_at = now(), body_encrypted = NULL, last_error = NULL WHERE id = $1`,
    values: [id],
  })
}

// Not where another worker has tried it since: what that one found is newer.
async function recordFailure(pool: Pool, { id, attempts }: Row, error: string, isLast: boolean): Promise<void> {
  await pool.query({
    name: 'mail-failed',
    text: `UPDATE mails SET last_error = $3, next_attempt_at = now() + make_interval(secs => $4),
        status = CASE WHEN $5 THEN 'failed' ELSE status END, body_encrypted = CASE WHEN $5 THEN NULL ELSE body_encrypted END
      WHERE id = $1 AND attempts = $2 AND status = 'queued'`,
    values: [id, attempts, error, waitSeconds(attempts), isLast],
  })
}

/** 10 s, 30 s, 90 s … at most an hour, give or take a half, so that a server that comes back is not stormed. */
const waitSeconds = (attempts: number): number => Math.min(3_600, 10 * 3 ** (attempts - 1)) * (0.5 + Math.random())
