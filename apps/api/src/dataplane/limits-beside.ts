import type { Deps } from '../deps.ts'
import { enforceBandwidth } from './enforce-bandwidth.ts'

export type LimitsBeside = {
  /** These have used something: look at their limits soon. */
  look(tenantIds: string[]): void
  /** Resolves when nothing is under way. Never rejects. */
  idle(): Promise<void>
}

/**
 * Limits are enforced beside a lane's work, one pass at a time: a pass waits for the rows of tenants, which somebody may hold,
 * and the peers of others cannot wait for that. Whoever is missed is found with the next bytes, or by the minute's sweep.
 */
export function enforceBeside(deps: Deps): LimitsBeside {
  const due = new Set<string>()
  let pass: Promise<void> | undefined

  async function run(): Promise<void> {
    while (due.size > 0) {
      const tenantIds = [...due]
      due.clear()
      await enforceBandwidth(deps, tenantIds).catch((err: unknown) => deps.log.warn({ err }, 'cannot enforce limits'))
    }
    pass = undefined
  }

  return {
    look(tenantIds) {
      for (const id of tenantIds) due.add(id)
      if (due.size > 0) pass ??= run()
    },
    idle: () => pass ?? Promise.resolve(),
  }
}
