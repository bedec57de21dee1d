import { defineConfig } from 'vitest/config'

/** Journeys in Chromium through the built app, with a real API, a real database and servers: one file at a time. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.test.ts'],
    globalSetup: ['e2e/harness/global-setup.ts'],
    testTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 240_000,
    pool: 'forks',
    fileParallelism: false,
    maxWorkers: 1,
  },
})
