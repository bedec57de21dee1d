import { expect, vi } from 'vitest'
import type { Deps } from '../src/deps.ts'

type Statement = { text: string; values: unknown[] }
type Plan = {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Join Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Plan[]
}

/** The statements a call sends through the pool, with their values. */
export async function statementsOf({ pool }: Deps, call: () => Promise<unknown>): Promise<Statement[]> {
  const spy = vi.spyOn(pool, 'query')
  try {
    await call()
    return spy.mock.calls.flatMap(([statement]) => {
      const { text, values } = statement as unknown as Partial<Statement>
      return text === undefined ? [] : [{ text, values: values ?? [] }]
    })
  } finally {
    spy.mockRestore()
  }
}

/** What PostgreSQL did for a statement: rows it looked at in this table, wanted or not, and whether it went through all of them. */
export async function scanOf({ pool }: Deps, { text, values }: Statement, table: string): Promise<{ rows: number; isWhole: boolean }> {
  const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values })
  const nodes = allNodes(rows[0]?.['QUERY PLAN'][0].Plan).filter((node) => node['Relation Name'] === table)
  return { rows: nodes.reduce((sum, node) => sum + rowsReadBy(node), 0), isWhole: nodes.some((node) => node['Node Type'] === 'Seq Scan') }
}

const allNodes = (plan: Plan | undefined): Plan[] => (plan ? [plan, ...(plan.Plans ?? []).flatMap(allNodes)] : [])

const rowsReadBy = (node: Plan): number =>
  (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops']

/** A call that answers 200 after looking at no more than `most` rows of a table, through an index. */
export async function expectFewRows(
  deps: Deps,
  { table, most, what }: { table: string; most: number; what: string },
  call: () => Promise<{ statusCode: number; body: string }>,
): Promise<void> {
  const statements = await statementsOf(deps, async () => {
    const { statusCode, body } = await call()
    expect(statusCode, `${what}: ${body}`).toBe(200)
  })
  const ours = statements.filter(({ text }) => new RegExp(`FROM ${table}\\b`).test(text))
  expect(ours, what).not.toHaveLength(0)
  for (const statement of ours) {
    const { rows, isWhole } = await scanOf(deps, statement, table)
    expect({ what, rows: rows <= most ? 'few' : rows, isWhole }).toEqual({ what, rows: 'few', isWhole: false })
  }
}
