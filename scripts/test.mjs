// Everything that must pass, one thing after the other: two cores are busy with one vitest already.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { endSteps, nodePath, prepare, root, workspaceFolders } from './prepare.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

const stepTimeoutMs = 10 * 60_000
const startedAt = Date.now()
const results = []
const reports = mkdtempSync(join(tmpdir(), 'cvault-test-'))
let child

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    endSteps()
    endChild('SIGTERM')
    rmSync(reports, { recursive: true, force: true })
    process.exit(130)
  })
}

try {
  await prepare()
  await systemPackages()
  await checks()
  await suites('test', 'unit and integration')
  await suites('test:e2e', 'end to end')
} catch (error) {
  results.push({ title: 'preparation', passed: 0, failed: 1, seconds: 0 })
  console.error(`\n${error.message}`)
}
rmSync(reports, { recursive: true, force: true })
summarise()

async function systemPackages() {
  const since = Date.now()
  try {
    await ensureSystemPackages({ forTests: true })
    record('system packages', true, since)
  } catch (error) {
    console.error(`\nSystem packages: ${error.message}\n`)
    record('system packages', false, since)
  }
}

async function checks() {
  await check('lint', ['oxlint'])
  await check('format', ['oxfmt', '--check'])
  await check('repository', ['node', 'scripts/check-repository.mjs'])
  // Where sources must not see Node's types, their tests have a configuration of their own.
  for (const folder of ['scripts', ...workspaceFolders().flatMap((name) => [name, join(name, 'test')])]) {
    if (existsSync(join(root, folder, 'tsconfig.json'))) await check(`typecheck ${folder}`, ['tsc', '-p', folder])
  }
  await check('unused code', ['knip'])
  for (const folder of workspaceFolders()) {
    if (folder !== '.' && scriptOf(folder, 'build')) await check(`build ${folder}`, scriptOf(folder, 'build').split(' '), folder)
  }
}

async function suites(script, kind) {
  const folders = workspaceFolders().filter((folder) => folder !== '.' && scriptOf(folder, script))
  for (const folder of script === 'test' ? ['scripts', ...folders] : folders) {
    const command = folder === 'scripts' ? 'vitest run' : scriptOf(folder, script)
    if (command.startsWith('vitest run')) await vitest(`${folder}, ${kind}`, command.split(' ').slice(1), folder, script === 'test')
    else await check(`${folder}, ${kind}`, command.split(' '), folder)
  }
}

/** One vitest: its tests are counted by its own report; a fault outside of every test (a threshold, a crash) counts as one. */
async function vitest(title, args, folder, measure) {
  const report = join(reports, `${results.length}.json`)
  const coverage =
    measure && existsSync(join(root, folder, 'node_modules/@vitest/coverage-v8'))
      ? ['--coverage', `--coverage.reportsDirectory=${join(root, 'coverage', folder.replaceAll('/', '-'))}`]
      : []
  const since = Date.now()
  const code = await run(
    title,
    ['vitest', ...args, ...coverage, '--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    folder,
  )
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }
  const failed = counts.numFailedTests + (code !== 0 && counts.numFailedTests === 0 ? 1 : 0)
  results.push({
    title,
    passed: counts.numPassedTests,
    failed,
    skipped: counts.numPendingTests,
    isSuite: true,
    seconds: secondsSince(since),
  })
}

async function check(title, command, folder = '.') {
  const since = Date.now()
  record(title, (await run(title, command, folder)) === 0, since)
}

function run(title, [name, ...args], folder) {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(2, 70 - title.length))} ${secondsSince(startedAt)} s`)
  const bins = [join(root, folder, 'node_modules/.bin'), join(root, 'node_modules/.bin')]
  const env = { ...process.env, PATH: [...bins, process.env.PATH].join(delimiter) }
  const file = name === 'node' ? nodePath : (bins.map((bin) => join(bin, name)).find((path) => existsSync(path)) ?? name)
  return new Promise((resolve) => {
    child = spawn(file, args, { cwd: join(root, folder), env, detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
    const timer = setTimeout(() => {
      console.error(`${title}: not done after ${stepTimeoutMs / 60_000} minutes, ended`)
      endChild('SIGKILL')
    }, stepTimeoutMs)
    const settle = (code) => {
      clearTimeout(timer)
      child = undefined
      resolve(code)
    }
    child.on('error', (error) => {
      console.error(`${file}: ${error.message}`)
      settle(1)
    })
    child.on('exit', (code) => settle(code ?? 1))
  })
}

function endChild(signal) {
  try {
    if (child) process.kill(-child.pid, signal)
  } catch {
    // It has just ended by itself.
  }
}

function scriptOf(folder, name) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).scripts?.[name]
}

function record(title, isPassed, since) {
  results.push({ title, passed: isPassed ? 1 : 0, failed: isPassed ? 0 : 1, seconds: secondsSince(since) })
}

function secondsSince(since) {
  return Math.round((Date.now() - since) / 1000)
}

function summarise() {
  const sum = (field, among = results) => among.reduce((total, result) => total + (result[field] ?? 0), 0)
  console.log('\n── summary')
  for (const { title, passed, failed, skipped, isSuite, seconds } of results) {
    const counts = isSuite ? `${passed} passed${failed ? `, ${failed} failed` : ''}${skipped ? `, ${skipped} skipped` : ''}` : ''
    console.log(`${failed > 0 ? 'FAIL' : 'ok  '}  ${title.padEnd(44)} ${String(seconds).padStart(4)} s  ${counts}`)
  }
  const tests = sum(
    'passed',
    results.filter(({ isSuite }) => isSuite),
  )
  if (tests === 0) console.log('No test ran: that is a failure.')
  console.log(`Took ${secondsSince(startedAt)} s`)
  const failed = sum('failed') + (tests === 0 ? 1 : 0)
  console.log(`${sum('passed')} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}
