import type { Keyring } from '../crypto/keyring.ts'

/** Sealed, because it holds one-time links. */
export type MailBody = { text: string; html: string; replyTo: string | null }

type Row = { id: string; tenantId: string | null }

const placeOf = (tenantId: string, { id }: Row) => ({ tenantId, table: 'mails', rowId: id, column: 'body_encrypted' })

export async function sealBody(keyring: Keyring, row: Row, { text, html, replyTo }: MailBody): Promise<Buffer<ArrayBuffer>> {
  const body = JSON.stringify({ text, html, replyTo })
  return row.tenantId === null ? keyring.sealPlatform(['mails', row.id], body) : keyring.seal(placeOf(row.tenantId, row), body)
}

export async function openBody(keyring: Keyring, row: Row & { bodyEncrypted: Uint8Array }): Promise<MailBody> {
  const { tenantId, bodyEncrypted } = row
  const body =
    tenantId === null ? keyring.openPlatform(['mails', row.id], bodyEncrypted) : await keyring.open(placeOf(tenantId, row), bodyEncrypted)
  return JSON.parse(body) as MailBody
}
