import { Readable } from 'node:stream'

export type CsvValue = string | number | bigint | boolean | null

/** One record as RFC 4180 has it. Text that a spreadsheet would run as a formula is marked as text; numbers stay numbers. */
export const csvRow = (values: CsvValue[]): string => `${values.map(csvField).join(',')}\r\n`

function csvField(value: CsvValue): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[\s]*[=+\-@\t\r＝＋－＠]/.test(value) ? `'${value}` : value
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A file that is written as fast as it is read: the next rows are asked for when the last have left. */
export function csvStream(header: string[], rows: AsyncIterable<CsvValue[][]>): Readable {
  async function* lines(): AsyncGenerator<string> {
    yield csvRow(header)
    for await (const batch of rows) yield batch.map(csvRow).join('')
  }
  return Readable.from(lines(), { objectMode: false, highWaterMark: 65_536 })
}
