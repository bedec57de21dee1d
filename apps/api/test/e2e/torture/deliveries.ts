import type { DashboardActivity } from '@cvault/schema/dashboard'
import { expect } from 'vitest'
import { createCaller } from '../harness/http-caller.ts'
import type { Lab } from '../harness/lab.ts'
import type { MailServer } from './mail-server.ts'
import type { KnownTenant } from './tenants.ts'

/** INV6, of mails: each that was written with a change was sent at least once, under one id, to whom it was for; and no other. */
export async function expectMailsSent({ db }: Lab, { received }: MailServer, withinMs: number): Promise<void> {
  await expect
    .poll(
      async () => {
        // Pauses between attempts, and the claim of a worker that died, go on for minutes: as if they were over.
        await db.query("UPDATE mails SET next_attempt_at = now(), attempts = least(attempts, 5) WHERE status = 'queued'")
        await db.query("SELECT pg_notify('cvault_mail', '')")
        const { rows } = await db.query("SELECT status, attempts, last_error FROM mails WHERE status <> 'sent'")
        return rows
      },
      { timeout: withinMs, interval: 2_000, message: 'mails that were not sent' },
    )
    .toEqual([])
  const { rows: mails } = await db.query<{ id: string; recipient: string; isWritten: boolean }>(
    `SELECT m.id::text, m.recipient, s.id IS NOT NULL AS "isWritten" FROM mails m FULL JOIN (SELECT DISTINCT id FROM shadow WHERE of = 'mails') s ON s.id = m.id::text`,
  )
  const came = Map.groupBy(received, ({ id }) => id)
  expect(
    mails.filter(({ id, isWritten }) => !isWritten || !came.has(id)),
    'mails that nobody got',
  ).toEqual([])
  const wanted = new Map(mails.map(({ id, recipient }) => [id, recipient]))
  expect(
    received.filter(({ id, recipient }) => wanted.get(id) !== recipient),
    'mails that nobody wrote',
  ).toEqual([])
  console.log(`Mails: ${mails.length} written, ${received.length} received.`)
}

/** INV6, of events: the portal shows a tenant's people each of them once. */
export async function expectActivityWhole(lab: Lab, tenants: KnownTenant[]): Promise<void> {
  for (const { id: tenantId, name, owner } of tenants) {
    const { email, password } = owner
    const { accessToken } = await createCaller(lab.api.url, {}).call<{ accessToken: string }>('POST', '/api/v1/tenant/auth/login', {
      email,
      password,
    })
    const asOwner = createCaller(lab.api.url, { authorization: `Bearer ${accessToken}` })
    // Written down by triggers, before the first page is asked for.
    const { rows } = await lab.db.query<{ id: string }>(
      `SELECT DISTINCT id FROM shadow WHERE of = 'events' AND said::json ->> 'tenant_id' = $1 AND said::json ->> 'type' <> 'user.tokens_refreshed'`,
      [tenantId],
    )
    const shown: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: DashboardActivity = await asOwner.call(
        'GET',
        `/api/v1/tenant/dashboard/activity?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      )
      shown.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(new Set(shown).size, `events shown to ${name} once`).toBe(shown.length)
    expect(
      rows.filter(({ id }) => !shown.includes(id)),
      `events that ${name} was not shown`,
    ).toEqual([])
    const { rows: foreign } = await lab.db.query(
      'SELECT id FROM unnest($1::uuid[]) AS id WHERE id NOT IN (SELECT id FROM events WHERE tenant_id = $2)',
      [shown, tenantId],
    )
    expect(foreign, `what ${name} was shown beside its events`).toEqual([])
  }
}
