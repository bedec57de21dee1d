import apiReference from '../../../../../../packages/sdk-js/docs/api.md?raw'
import changelog from '../../../../../../packages/sdk-js/CHANGELOG.md?raw'
import readme from '../../../../../../packages/sdk-js/README.md?raw'
import authentication from '../../../../content/authentication.md?raw'
import gettingStarted from '../../../../content/getting-started.md?raw'
import limits from '../../../../content/limits.md?raw'
import overview from '../../../../content/overview.md?raw'
import { errorsMarkdown } from './errors-markdown.ts'
import { examplesMarkdown } from './examples-markdown.ts'

export interface DocPage {
  href: string
  /** In the contents, and the tab's title. */
  label: string
  description: string
  /** Its first line is its title. */
  markdown: string
  /** Down to which headings the contents go; 2 for most. */
  contentsDepth?: number
}

/** Every page of the docs that is a text, in reading order. */
export const docPages: DocPage[] = [
  { href: '/docs', label: 'Overview', description: 'What CVault does, and where to begin', markdown: overview },
  { href: '/docs/getting-started', label: 'Getting started', description: 'From nothing to a first tunnel', markdown: gettingStarted },
  { href: '/docs/authentication', label: 'Authentication', description: 'Keys, secrets and your users’ tokens', markdown: authentication },
  { href: '/docs/sdk', label: 'SDK guide', description: 'The SDK for JavaScript and TypeScript', markdown: readme },
  {
    href: '/docs/sdk/reference',
    label: 'SDK reference',
    description: 'Every class, method, option and type of the SDK',
    markdown: apiReference,
    contentsDepth: 3,
  },
  { href: '/docs/examples', label: 'Examples', description: 'Programs to copy, which our tests run', markdown: examplesMarkdown },
  { href: '/docs/errors', label: 'Error codes', description: 'Every code, what it means and what to do', markdown: errorsMarkdown },
  { href: '/docs/limits', label: 'Limits and retries', description: 'Rate limits, idempotency keys and retries', markdown: limits },
  { href: '/docs/sdk/changelog', label: 'SDK changelog', description: 'What changed in the SDK', markdown: changelog },
]

export const findPage = (href: string): DocPage | undefined => docPages.find((page) => page.href === href)

/** The texts name an example; shown is where this API is. */
export const exampleUrl = 'https://api.example.com'

export const withApiUrl = (markdown: string, apiUrl: string): string => markdown.replaceAll(exampleUrl, apiUrl.replace(/\/$/, ''))
