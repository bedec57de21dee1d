/**
 * Whether an Accept header ranks text/plain above JSON (RFC 9110 section 12.5.1). A tie, a wildcard alone, nothing
 * or nonsense is JSON.
 */
export function prefersPlainText(accept: string | undefined): boolean {
  const ranges = (accept ?? '').split(',').map(parseRange)
  return qualityOf(ranges, 'text', 'plain') > qualityOf(ranges, 'application', 'json')
}

type Range = { type: string; subtype: string; quality: number }

function parseRange(text: string): Range {
  const [name = '', ...parameters] = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const [type = '', subtype = ''] = name.split('/')
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  const quality = weight === undefined ? 1 : Number(weight)
  return { type, subtype, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

// The most specific range that fits decides, whatever its weight.
function qualityOf(ranges: Range[], type: string, subtype: string): number {
  const fits = (range: Range, ownType: string, ownSubtype: string) => range.type === ownType && range.subtype === ownSubtype
  const found =
    ranges.find((range) => fits(range, type, subtype)) ??
    ranges.find((range) => fits(range, type, '*')) ??
    ranges.find((range) => fits(range, '*', '*'))
  return found?.quality ?? 0
}
