import { defineConfig } from 'vitest/config'

/** The package as customers get it: packed, installed, documented; the examples against a real API. One file at a time. */
export default defineConfig({
  test: {
    include: ['test/compat/**/*.compat.test.ts'],
    globalSetup: ['test/compat/harness/global-setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    fileParallelism: false,
    maxWorkers: 1,
  },
})
