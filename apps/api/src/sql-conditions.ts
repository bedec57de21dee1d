/** Conditions of a list, and the values they name: what nobody asked for is not in the statement, so each has its own plan. */
export type Conditions = { value(value: unknown): string; add(condition: string): void; readonly text: string; readonly values: unknown[] }

export function createConditions(): Conditions {
  const [values, conditions]: [unknown[], string[]] = [[], []]
  return {
    value: (value) => `$${values.push(value)}`,
    add: (condition) => void conditions.push(condition),
    get text() {
      return conditions.join(' AND ')
    },
    values,
  }
}

/** The LIKE pattern of everything that begins with this text. */
export const prefixPattern = (text: string): string => `${text.replace(/[\\%_]/g, String.raw`\$&`)}%`

export type NewestPage = {
  /** Names of ours, never input: the table, what conditions call it, and its time column. */
  from: string
  as: string
  at: string
  where: string
  /** Selects the ids of the servers the rows are of; null: of any. */
  servers: string | null
  count: number
}

/** The newest rows. Those of some servers are merged from each one's newest: a quiet region costs no walk through all others. */
export function newestPage({ from, as, at, where, servers, count }: NewestPage): string {
  const newest = `ORDER BY ${as}.${at} DESC, ${as}.id DESC LIMIT ${count}`
  const page = (ofServer: string): string => `SELECT ${as}.* FROM ${from} ${as} WHERE ${where}${ofServer} ${newest}`
  if (servers === null) return page('')
  return `SELECT ${as}.* FROM (${servers}) place, LATERAL (${page(` AND ${as}.server_id = place.id`)}) ${as} ${newest}`
}
