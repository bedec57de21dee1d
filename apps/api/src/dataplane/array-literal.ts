/**
 * A PostgreSQL array as text, for what needs no quotes: ids, numbers, null. The driver would look at every character of
 * every element, which takes longer for ten thousand of them than PostgreSQL takes to read them.
 */
export const arrayLiteral = (items: Array<string | number | bigint | null>): string => `{${items.map((item) => item ?? 'NULL').join()}}`

/** The same for texts that may hold anything. */
export const textArrayLiteral = (items: Array<string | null>): string =>
  arrayLiteral(items.map((item) => (item === null ? null : `"${item.replaceAll(/["\\]/g, String.raw`\$&`)}"`)))
