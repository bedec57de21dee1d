// Everything that must pass. One vitest keeps two cores busy, unless what it tests waits; checks go two at a time.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endSteps, prepare, root, workspaceFolders } from './prepare.mjs'
import { ensureSystemPackages } from './system-packages.mjs'
import { recordCheck, recordSuite, summarise } from './test/results.mjs'
import { endRunning, run, runAll } from './test/run.mjs'

const reports = mkdtempSync(join(tmpdir(), 'cvault-test-'))
let suites = 0

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    endSteps()
    endRunning('SIGTERM')
    rmSync(reports, { recursive: true, force: true })
    process.exit(130)
  })
}

const startedAt = Date.now()
try {
  await prepare()
  await systemPackages()
  await runAll(builds('packages'), 1)
  await runAll([...builds('apps'), ...checks()], 2)
  await withoutBrowsers()
  await endToEnd()
} catch (error) {
  recordCheck('preparation', false, startedAt)
  console.error(`\n${error.message}`)
}
endRunning('SIGKILL')
rmSync(reports, { recursive: true, force: true })
process.exitCode = summarise() ? 0 : 1

/** The tunnels of packages/wg wait more than they work, so that all small suites run beside them. */
async function withoutBrowsers() {
  const [tunnels, api] = ['packages/wg', 'apps/api']
  const suitesOf = (isWanted) => tests('test', 'unit and integration', isWanted)
  await runAll([...suitesOf((folder) => folder === tunnels), ...suitesOf((folder) => folder !== tunnels && folder !== api)], 2)
  await runAll(
    suitesOf((folder) => folder === api),
    1,
  )
}

/** Packages come first: they are packed anew, and apps run on what that writes. */
async function endToEnd() {
  const suitesOf = (isWanted) => tests('test:e2e', 'end to end', isWanted)
  await runAll(
    suitesOf((folder) => folder.startsWith('packages/')),
    1,
  )
  // Browsers wait more than they work.
  await runAll(
    suitesOf((folder) => folder.startsWith('apps/') && folder !== 'apps/api'),
    2,
  )
  // Alone: some of them count every packet that others lose.
  await runAll(
    suitesOf((folder) => folder === 'apps/api'),
    1,
  )
}

async function systemPackages() {
  const since = Date.now()
  try {
    await ensureSystemPackages({ forTests: true })
    recordCheck('system packages', true, since)
  } catch (error) {
    console.error(`\nSystem packages: ${error.message}\n`)
    recordCheck('system packages', false, since)
  }
}

/** Apps are built of what packages built, and take longest: they go first among the checks. A kept build is what their tests run. */
function builds(parent) {
  const folders = workspaceFolders().filter((folder) => folder.startsWith(`${parent}/`) && scriptOf(folder, 'build'))
  const command = (folder) => (scriptOf(folder, 'build:kept') ?? scriptOf(folder, 'build')).split(' ')
  return folders.toReversed().map((folder) => check(`build ${folder}`, command(folder), folder))
}

function checks() {
  // Where sources must not see Node's types, their tests have a configuration of their own.
  const typed = ['scripts', ...workspaceFolders().flatMap((name) => [name, join(name, 'test')])]
  return [
    check('lint', ['oxlint']),
    check('unused code', ['knip']),
    ...typed
      .filter((folder) => existsSync(join(root, folder, 'tsconfig.json')))
      .map((folder) => check(`typecheck ${folder}`, ['tsc', '-p', folder])),
    check('format', ['oxfmt', '--check']),
    check('repository', ['node', 'scripts/check-repository.mjs']),
  ]
}

function check(title, command, folder = '.') {
  return async () => {
    const since = Date.now()
    recordCheck(title, (await run(title, command, folder, true)) === 0, since)
  }
}

function tests(script, kind, isWanted) {
  const isUnit = script === 'test'
  const folders = workspaceFolders().filter((folder) => folder !== '.' && scriptOf(folder, script))
  return (isUnit ? ['scripts', ...folders] : folders).filter(isWanted).map((folder) => {
    const command = folder === 'scripts' ? 'vitest run' : scriptOf(folder, script)
    if (!command.startsWith('vitest run')) throw new Error(`${folder}: "${script}" must be a vitest run; it is ${command}`)
    return suite(`${folder}, ${kind}`, command.split(' ').slice(1), folder, isUnit)
  })
}

function suite(title, args, folder, isUnit) {
  return async () => {
    const reportPath = join(reports, `${suites++}.json`)
    const isMeasured = isUnit && existsSync(join(root, folder, 'node_modules/@vitest/coverage-v8'))
    const coverage = isMeasured ? ['--coverage', `--coverage.reportsDirectory=${join(root, 'coverage', folder.replaceAll('/', '-'))}`] : []
    const reporters = ['--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
    const since = Date.now()
    recordSuite(title, await run(title, ['vitest', ...args, ...coverage, ...reporters], folder, false), reportPath, since)
  }
}

function scriptOf(folder, name) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).scripts?.[name]
}
