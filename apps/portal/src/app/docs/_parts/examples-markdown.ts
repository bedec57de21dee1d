import browser from '../../../../../../packages/sdk-js/examples/browser.html?raw'
import full from '../../../../../../packages/sdk-js/examples/full.mjs?raw'
import minimal from '../../../../../../packages/sdk-js/examples/minimal.mjs?raw'

const fence = (language: string, code: string): string => `\`\`\`${language}\n${code.trimEnd()}\n\`\`\``

/** The examples of the SDK as they are: its tests run these very files. */
export const examplesMarkdown = `# Examples

Whole programs to copy. What you see here are the files our tests run against the API.

In an empty folder, with Node.js 20 or later, install the SDK and say where to go and as whom; [API keys](/api-keys) has your key:

\`\`\`sh
npm install @cvault/sdk-js
export CVAULT_URL=https://api.example.com CVAULT_API_KEY=cvk_…
\`\`\`

## Minimal

A user, a device, and a WireGuard configuration that nobody else can read. Run it: \`node minimal.mjs\`

${fence('js', minimal)}

## Full

Everything the SDK does, once, and nothing left behind. Run it: \`CVAULT_API_SECRET=cvs_… node full.mjs\`; without the secret it leaves out
the account’s usage.

${fence('js', full)}

## In a browser

One page, no build. Serve it, for instance with \`npx serve -l 8080 .\`; the API must allow the page’s origin.

${fence('html', browser)}
`
