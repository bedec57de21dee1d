import type { Deps } from '../deps.ts'
import { openBody } from './mail-body.ts'
import { escapeHtml } from './render.ts'

export type OutboxMail = {
  id: string
  tenantId: string | null
  to: string
  template: string
  subject: string
  text: string
  html: string
  createdAt: string
}

const shown = 100

/** The newest mails nobody sent. Development only: it opens what is sealed. */
export async function readOutbox({ prisma, keyring }: Deps, id?: string): Promise<OutboxMail[]> {
  const rows = await prisma.mail.findMany({
    where: { bodyEncrypted: { not: null }, ...(id === undefined ? {} : { id }) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: shown,
  })
  const mails = rows.map(async ({ id, tenantId, recipient, template, subject, bodyEncrypted, createdAt }) => {
    // The tenant may be gone, and its key with it.
    const body = await openBody(keyring, { id, tenantId, bodyEncrypted: bodyEncrypted ?? new Uint8Array() }).catch(() => null)
    return body && { id, tenantId, to: recipient, template, subject, text: body.text, html: body.html, createdAt: createdAt.toISOString() }
  })
  return (await Promise.all(mails)).filter((mail) => mail !== null)
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 960px; margin: 0 auto; padding: 16px; }
.label { padding: 8px 12px; border: 2px solid #b45309; border-radius: 6px; font-weight: 600; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 8px; text-align: left; border-bottom: 1px solid #8888; overflow-wrap: anywhere; }
iframe { width: 100%; height: 70vh; border: 1px solid #8888; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
`

const page = (title: string, body: string, head = ''): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="label">Development outbox: nothing was sent</p>
${body}
</body>
</html>
`

export function outboxPage(mails: OutboxMail[]): string {
  const rows = mails.map(
    ({ id, to, subject, createdAt }) =>
      `<tr><td><time>${createdAt}</time></td><td>${escapeHtml(to)}</td><td><a href="/dev/outbox/${id}">${escapeHtml(subject)}</a></td></tr>`,
  )
  const table = `<table><thead><tr><th>When (UTC)</th><th>To</th><th>Subject</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`
  return page(
    'Outbox',
    mails.length > 0 ? table : '<p>No mail yet. This page looks again every 5 seconds.</p>',
    '<meta http-equiv="refresh" content="5">',
  )
}

export const mailPage = ({ id, to, subject, text, createdAt }: OutboxMail): string =>
  page(
    subject,
    `<p><a href="/dev/outbox">All mails</a></p>
<p>To ${escapeHtml(to)}, <time>${createdAt}</time></p>
<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/dev/outbox/${id}/html"></iframe>
<h2>As text</h2>
<pre>${linked(text)}</pre>`,
  )

/** As it was made, but its links open beside the frame. */
export const framedHtml = ({ html }: OutboxMail): string => html.replace('<head>', '<head><base target="_blank">')

const linked = (text: string): string =>
  escapeHtml(text).replace(/^https?:\/\/\S+$/gm, (url) => `<a href="${url}" rel="noreferrer">${url}</a>`)

/** The pages need their own style, and the mail its style and a logo; neither runs a script. */
export const outboxPolicies = {
  page: "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  mail: "default-src 'none'; style-src 'unsafe-inline'; img-src https:; base-uri 'none'; frame-ancestors 'self'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox",
}
