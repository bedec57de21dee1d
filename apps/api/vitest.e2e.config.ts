import { defineConfig } from 'vitest/config'

/** Real sshd, real wg, real packets, API processes that are killed: one file at a time, each with a network of its own. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 240_000,
    pool: 'forks',
    fileParallelism: false,
    maxWorkers: 1,
  },
})
