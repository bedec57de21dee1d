// Rules about the repository as a whole, which no linter of single files can hold.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const shortLines = 250
const shortShare = 0.95
const isGenerated = (file) => /(^|\/)(generated|migrations)\/|pnpm-lock\.yaml$/.test(file)
const isTest = (file) => /\.test\.|\/(test|e2e|bench|testing)\//.test(file)

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8', maxBuffer: 50_000_000 })
  .split('\n')
  .filter((file) => file && existsSync(file) && !isGenerated(file))
const problems = []

const source = files
  .filter((file) => /\.(ts|tsx|mjs|sh)$/.test(file))
  .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
for (const { file, lines } of source) {
  const limit = isTest(file) ? 600 : 400
  if (lines > limit) problems.push(`${file} has ${lines} lines; split it by meaning, ${limit} are allowed`)
}
const long = source.filter(({ lines }) => lines > shortLines)
if (source.length > 0 && long.length > source.length * (1 - shortShare)) {
  problems.push(
    `${long.length} of ${source.length} files have more than ${shortLines} lines; 5 % may: ${long.map(({ file }) => file).join(', ')}`,
  )
}

for (const file of files.filter((name) => name.endsWith('package.json'))) {
  const { dependencies = {}, devDependencies = {}, license } = JSON.parse(readFileSync(file, 'utf8'))
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    const isAllowed = version.startsWith('catalog:') || version.startsWith('workspace:') || (file === 'package.json' && name === 'node')
    if (!isAllowed) problems.push(`${file}: "${name}": "${version}" must be "catalog:", with its version in pnpm-workspace.yaml`)
  }
  if (license !== 'Apache-2.0') problems.push(`${file}: "license" must be "Apache-2.0"`)
}

for (const line of readFileSync('pnpm-workspace.yaml', 'utf8').split('\n')) {
  if (/^ {2,4}\S+: *['"]?[\^~*><]/.test(line)) problems.push(`pnpm-workspace.yaml: versions are exact: ${line.trim()}`)
}

const documented = new Set(readFileSync('.env.example', 'utf8').match(/^[A-Z_]+(?==)/gm))
const known = new Set([...readFileSync('apps/api/src/env.ts', 'utf8').matchAll(/^ {4}([A-Z][A-Z_]+):/gm)].map(([, name]) => name))
for (const name of known) if (!documented.has(name)) problems.push(`.env.example does not document ${name}`)
for (const name of documented)
  if (!known.has(name)) problems.push(`.env.example documents ${name}, which apps/api/src/env.ts does not know`)
if (known.size === 0) problems.push('no variable found in apps/api/src/env.ts: mend the pattern here')

// Each promise names tests that are there, under the title they have.
const promises = readFileSync('docs/promises.md', 'utf8')
const named = [...promises.matchAll(/\[[^\]]+\]\(\.\.\/([^)]+)\): (.+?)(?=<br>| \|$)/gm)]
for (const [, file, title] of named) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const isThere = ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`))
  if (!isThere) problems.push(`docs/promises.md: ${file} has no test "${title}"`)
}
const untried = promises.split('\n').filter((line) => /^\| (?!promise \||---)/.test(line) && !/\]\(\.\.\/[^)]+\.test\.tsx?\): /.test(line))
for (const line of untried) problems.push(`docs/promises.md: nothing tries ${JSON.stringify(line.slice(2, 80))}`)
if (named.length === 0) problems.push('no test found in docs/promises.md: mend the pattern here')

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exitCode = 1
}
