import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { root } from '../prepare.mjs'
import { secondsSince } from './run.mjs'

const results = []

export function recordCheck(title, isPassed, since) {
  results.push({ title, passed: isPassed ? 1 : 0, failed: isPassed ? 0 : 1, seconds: secondsSince(since) })
}

/** One vitest: its tests are counted by its own report; a fault outside of every test (a threshold, a crash) counts as one. */
export function recordSuite(title, code, reportPath, since) {
  const report = existsSync(reportPath)
    ? JSON.parse(readFileSync(reportPath, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] }
  results.push({
    title,
    passed: report.numPassedTests,
    failed: report.numFailedTests + (code !== 0 && report.numFailedTests === 0 ? 1 : 0),
    skipped: report.numPendingTests,
    failures: failuresOfSuite(title, code, report),
    isSuite: true,
    seconds: secondsSince(since),
  })
}

/** What failed, by name, last: whoever reads the end of a long log finds it there. */
export function summarise() {
  const sum = (field, among = results) => among.reduce((total, result) => total + (result[field] ?? 0), 0)
  console.log('\n── summary')
  for (const { title, passed, failed, skipped, isSuite, seconds } of results.toSorted((left, right) => left.failed - right.failed)) {
    const counts = isSuite ? `${passed} passed${failed ? `, ${failed} failed` : ''}${skipped ? `, ${skipped} skipped` : ''}` : ''
    console.log(`${failed > 0 ? 'FAIL' : 'ok  '}  ${title.padEnd(44)} ${String(seconds).padStart(4)} s  ${counts}`)
  }
  for (const failure of results.flatMap(({ failures }) => failures ?? [])) console.log(`FAILED  ${failure}`)
  const tests = sum(
    'passed',
    results.filter(({ isSuite }) => isSuite),
  )
  if (tests === 0) console.log('No test ran: that is a failure.')
  console.log(`Took ${secondsSince()} s`)
  const failed = sum('failed') + (tests === 0 ? 1 : 0)
  console.log(`${sum('passed')} passed, ${failed} failed`)
  return failed === 0
}

function failuresOfSuite(title, code, report) {
  const failures = report.testResults.flatMap(failuresOf)
  if (code !== 0 && failures.length === 0)
    failures.push(`${title} > ended with ${code} though no test failed: a threshold of coverage, or a crash`)
  return failures
}

function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((result) => result.status === 'failed')
  const told = failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0] ?? ''}`)
  const file = relative(root, name)
  if (told.length === 0 && status === 'failed') told.push(message)
  return told.map((text) => `${file} > ${text.split('\n').slice(0, 3).join(' ').slice(0, 500)}`)
}
