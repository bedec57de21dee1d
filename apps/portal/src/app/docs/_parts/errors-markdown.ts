import { errorStatuses, type ErrorCode } from '@cvault/schema/error-codes'
import { errorGuide, type ErrorEntry } from './error-guide.ts'

const retries: Record<ErrorEntry['retry'], string> = {
  no: 'No: the same request gets the same answer.',
  'once-changed': 'Only once the request, or what it needs, is changed.',
  yes: 'Yes, after a pause.',
}

const groups: { title: string; has: (status: number) => boolean }[] = [
  { title: 'Who is calling', has: (status) => status === 401 },
  { title: 'What is allowed', has: (status) => status === 403 },
  { title: 'What was sent', has: (status) => [400, 404, 413, 415, 422].includes(status) },
  { title: 'What is there already', has: (status) => status === 409 || status === 412 },
  { title: 'Too much at once', has: (status) => status === 429 },
  { title: 'On our side', has: (status) => status >= 500 },
]

const codes = Object.keys(errorGuide) as ErrorCode[]

const entryOf = (code: ErrorCode): string => {
  const { means, todo, retry } = errorGuide[code]
  return `### ${code}\n\n**${errorStatuses[code]}.** ${means}\n\n- **What to do:** ${todo}\n- **Again?** ${retries[retry]}\n`
}

const groupOf = ({ title, has }: (typeof groups)[number]): string => {
  const inGroup = codes.filter((code) => has(errorStatuses[code]))
  return `## ${title}\n\n${inGroup.map(entryOf).join('\n')}`
}

/** Made from the codes the API has; a test holds that each is here once. */
export const errorsMarkdown = `# Error codes

Whatever goes wrong is answered as a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), \`application/problem+json\`:

\`\`\`json
{
  "type": "https://portal.example.com/errors/device-limit-exceeded",
  "title": "Device limit exceeded",
  "status": 403,
  "detail": "A user may have 5 devices, and this one has 5. Delete one first.",
  "code": "DEVICE_LIMIT_EXCEEDED",
  "requestId": "0199c1a8-6f1e-7c3a-9d5e-2b7f4a1c8e60"
}
\`\`\`

- Branch on \`code\`: codes never change their meaning. New ones may come; treat one you do not know by its \`status\`.
- \`type\` leads to the code on this page. Do not compare it: it begins with where the portal is.
- \`detail\` is for people: what is wrong, which value, what to do. Its words may change.
- \`requestId\`, also in the header \`X-Request-Id\`, is what support asks for.
- \`errors\` lists the fields of a request that is not valid; \`retryAfter\` says, in seconds, when to come back.

The SDK throws them as \`CVaultError\`, and adds codes of its own for calls that got no answer: see [its guide](/docs/sdk#errors).

${groups.map(groupOf).join('\n')}`
