import { defineConfig } from 'vitest/config'

/** Journeys in Chromium through the built portal, with a real API, database, mail server and servers: one of each, journeys side by side. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.test.ts'],
    globalSetup: ['e2e/harness/global-setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    fileParallelism: false,
    maxWorkers: 1,
    maxConcurrency: 3,
  },
})
