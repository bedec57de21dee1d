import { DriverError, type DriverErrorCode } from './driver.ts'
import { protocolError } from './dump.ts'

/** The agent counts in 64-bit shell arithmetic; 18 digits always fit. */
export const largestNumber = 10n ** 18n - 1n
const errorCodes: Record<string, DriverErrorCode> = { fenced: 'fenced', failed: 'failed', unknown: 'unknown', protocol: 'protocol' }

/** Tell whether a reply has its end mark. `tail` is the end of what arrived, at least the last 80 characters. */
export function isReplyComplete(tail: string): boolean {
  return /(^|\n)end [0-9 ]{1,60}\n$/.test(tail)
}

/** The lines of a reply that came whole: number, line count and byte count must all fit. */
export function bodyOf(id: number, text: string): string[] {
  const start = text.lastIndexOf('\n', text.length - 2) + 1
  const body = text.slice(0, start)
  const lines = body.split('\n').slice(0, -1)
  if (text.slice(start) !== `end ${id} ${lines.length} ${Buffer.byteLength(body)}\n`)
    throw protocolError('it is cut short or not the one asked for')
  const last = lines.at(-1) ?? ''
  const [, code = '', reason = ''] = /^error ([a-z]+) ([\x20-\x7e]{1,300})$/.exec(last) ?? []
  if (last.startsWith('error ')) throw new DriverError(errorCodes[code] ?? 'protocol', `The agent says: ${reason || 'an error'}.`)
  return lines
}

/** A request of one line and a body: line count, end mark and byte count are said, and must fit. */
export function withBody(head: Array<string | number>, lines: string[]): string {
  const body = `${[...lines, `end ${lines.length}`].join('\n')}\n`
  return `${[...head, Buffer.byteLength(body)].join(' ')}\n${body}`
}

/** Write a number as the agent reads one. Throws {@link DriverError} for what it could not count. */
export function number(value: bigint): string {
  if (typeof value !== 'bigint' || value < 0n || value > largestNumber)
    throw new DriverError('failed', 'A fence, sequence or generation must be a bigint from 0 to 10^18 - 1.')
  return String(value)
}
