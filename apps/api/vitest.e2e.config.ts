import { defineConfig } from 'vitest/config'

// These break processes and databases of their own, and count no packet that others could lose: two at a time, after the others.
const robust = ['crash-sweep', 'replicas', 'scarce-database', 'secrets', 'torture'].map((name) => `test/e2e/${name}.e2e.test.ts`)
const each = { testTimeout: 240_000, hookTimeout: 240_000, expect: { poll: { timeout: 30_000 } }, pool: 'forks' } as const

/** Real sshd, real wg, real packets, API processes that are killed, each file with a network of its own. */
export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    projects: [
      {
        test: {
          ...each,
          name: 'alone',
          include: ['test/e2e/**/*.e2e.test.ts'],
          exclude: robust,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      { test: { ...each, name: 'together', include: robust, maxWorkers: 2, sequence: { groupOrder: 2 } } },
    ],
  },
})
