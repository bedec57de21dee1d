import type { Pool } from 'pg'
import { withTransaction } from '../sql.ts'

/** Above this many rows a table does not change its nature within a minute, and autovacuum comes in time. */
const smallTableRows = 1_000_000

/**
 * Let PostgreSQL know tables that grew by a fifth since it last looked. Autovacuum looks once a minute; in that time a new
 * installation or an import goes from nothing to thousands of rows, and a plan made for nothing reads them all for each one.
 * One worker at a time. Returns what was looked at.
 */
export async function freshenStatistics(pool: Pool): Promise<string[]> {
  return withTransaction(pool, async (sql) => {
    const tables = await sql<{ name: string }>({
      name: 'statistics-stale',
      text: `SELECT quote_ident(relname) AS name FROM pg_stat_user_tables
             WHERE schemaname = current_schema() AND n_live_tup < $1 AND n_mod_since_analyze > greatest(100, n_live_tup / 5)
               AND pg_try_advisory_xact_lock(hashtext('cvault-statistics'))
             ORDER BY relname`,
      values: [smallTableRows],
    })
    for (const { name } of tables) await sql({ name: `statistics-${name}`, text: `ANALYZE ${name}`, values: [] })
    return tables.map(({ name }) => name)
  })
}
