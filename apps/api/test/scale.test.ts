import { expect, test } from 'vitest'
import { parseScaleOptions } from '../bench/scale/options.ts'
import { simulateScale } from '../bench/scale/simulate.ts'
import { createTestDatabase } from './build-test-app.ts'

test('a small fleet: lanes are shared and taken over, changes arrive, and every byte that was moved is metered', async () => {
  const options = parseScaleOptions([])
  if (!options) throw new Error('no options')
  const database = await createTestDatabase()
  try {
    const { faults, lines } = await simulateScale(options, { databaseUrl: database.url, note: () => {} })
    expect(faults).toEqual([])
    expect(lines.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['a metering round of all servers at once', 'kill -9 of a worker: its lanes have another holder after']),
    )
  } finally {
    await database.drop()
  }
})
