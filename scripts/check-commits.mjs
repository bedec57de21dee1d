// Conventional commits, checked on a range in CI: node scripts/check-commits.mjs <base>..<head>
import { execFileSync } from 'node:child_process'

const subject = /^(feat|fix|perf|refactor|test|docs|build|ci|chore|revert)(\([a-z0-9-]+\))?!?: [^\s].{0,99}$/
const range = process.argv[2]
if (!range) throw new Error('Which commits? For example: node scripts/check-commits.mjs origin/main..HEAD')

const commits = execFileSync('git', ['log', '--no-merges', '--format=%h %s', range], { encoding: 'utf8' }).split('\n').filter(Boolean)
const wrong = commits.filter((line) => !subject.test(line.slice(line.indexOf(' ') + 1)))
for (const line of wrong)
  console.error(`${line}\n  must read "type(scope): what changes", scope = package, at most 100 characters after the colon`)
console.log(`${commits.length - wrong.length} of ${commits.length} commit messages are right`)
process.exitCode = wrong.length > 0 ? 1 : 0
