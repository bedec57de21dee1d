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
