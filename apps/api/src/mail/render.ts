import type { Brand } from './brand.ts'
import type { MailContent } from './templates.ts'

/** What a mail is made of. The values are plain text, whoever wrote them. */
export type Block =
  | { type: 'text'; text: string }
  | { type: 'button'; label: string; url: string }
  | { type: 'facts'; facts: Array<[name: string, value: string]> }
  | { type: 'quote'; text: string }

export type RenderedMail = { subject: string; text: string; html: string; replyTo: string | null }

const maxSubjectLength = 200

export function renderMail({ subject, blocks, replyTo }: MailContent, brand: Brand): RenderedMail {
  return {
    subject: oneLine(subject).slice(0, maxSubjectLength).toWellFormed(),
    text: `${blocks.map(textOf).join('\n\n')}\n\n-- \n${oneLine(brand.name)}\n`,
    html: page(subject, blocks.map((block) => htmlOf(block)).join('\n'), brand),
    replyTo: replyTo === undefined ? null : oneLine(replyTo),
  }
}

// eslint-disable-next-line no-control-regex
const breaksLines = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g

/** No line break, control character or direction mark: none of them belongs in a header or in a sentence. */
const oneLine = (text: string): string => text.replace(breaksLines, ' ').trim()

/** A web address as it is safe in text and HTML; anything else is our own mistake. */
function safeUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error('A link in a mail must begin with https:// or http://')
  return url.href
}

function textOf(block: Block): string {
  switch (block.type) {
    case 'text':
      return oneLine(block.text)
    case 'button':
      return `${block.label}:\n${safeUrl(block.url)}`
    case 'facts':
      return block.facts.map(([name, value]) => `${name}: ${oneLine(value)}`).join('\n')
    case 'quote':
      return block.text
        .split(/\r\n|\r|\n/)
        .map((line) => `> ${oneLine(line)}`)
        .join('\n')
  }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')

const line = (text: string): string => escapeHtml(oneLine(text))

function htmlOf(block: Block): string {
  switch (block.type) {
    case 'text':
      return `<p>${line(block.text)}</p>`
    case 'button': {
      const url = escapeHtml(safeUrl(block.url))
      return `<p><a class="button" href="${url}">${line(block.label)}</a></p>\n<p class="small">Or open this address: <a href="${url}">${url}</a></p>`
    }
    case 'facts':
      return `<dl>${block.facts.map(([name, value]) => `<dt>${line(name)}</dt><dd>${line(value)}</dd>`).join('')}</dl>`
    case 'quote':
      return `<blockquote>${block.text
        .split(/\r\n|\r|\n/)
        .map(line)
        .join('<br>')}</blockquote>`
  }
}

// No tables, no remote font, no script. Colours are checked by `brandOf`, so they can stand in the style.
function page(subject: string, body: string, brand: Brand): string {
  const heading = brand.logoUrl
    ? `<img class="logo" src="${escapeHtml(brand.logoUrl)}" alt="${line(brand.name)}">`
    : `<strong>${line(brand.name)}</strong>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${line(subject)}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px 16px; background: #f4f5f7; color: #1a1d21; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 560px; margin: 0 auto; padding: 24px; background: #ffffff; border-top: 4px solid ${brand.primaryColor}; border-radius: 8px; }
a { color: inherit; overflow-wrap: anywhere; }
a.button { display: inline-block; padding: 12px 20px; background: ${brand.primaryColor}; color: ${brand.onPrimaryColor}; border-radius: 6px; text-decoration: none; font-weight: 600; }
.logo { max-height: 40px; max-width: 200px; }
.small { font-size: 14px; }
dt { font-weight: 600; }
dd { margin: 0 0 8px; overflow-wrap: anywhere; }
blockquote { margin: 0; padding-left: 16px; border-left: 3px solid #9aa3ad; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) {
  body { background: #111418; color: #e8eaed; }
  main { background: #1c2127; }
}
</style>
</head>
<body>
<main>
<p>${heading}</p>
${body}
</main>
</body>
</html>
`
}
