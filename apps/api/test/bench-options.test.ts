import { expect, test } from 'vitest'
import { benchHelp, parseBenchOptions } from '../bench/options.ts'
import { parseScaleOptions } from '../bench/scale/options.ts'

test('the bench takes figures it has and sizes that are numbers, and says what there is', () => {
  expect(parseBenchOptions([], {})).toEqual([])
  expect(parseBenchOptions(['--', 'B1', 'B12'], { BENCH_PEERS: '500' })).toEqual(['B1', 'B12'])
  expect(parseBenchOptions(['B1', '--help'], {})).toBeNull()
  expect(benchHelp).toContain('BENCH_PEERS')
  for (const wrong of ['B13', 'b1', '--peers'])
    expect(() => parseBenchOptions([wrong], {})).toThrow(`${wrong} is no figure. There are: B1 B2`)
  for (const size of ['many', '0', '1e6', '-5', ''])
    expect(() => parseBenchOptions([], { BENCH_DEVICES: size })).toThrow(`BENCH_DEVICES=${size}: it must be a whole number from 100.`)
})

test('the scale simulation refuses what is no number, and more of a whole than there is', () => {
  for (const [name, value] of [
    ['servers', 'many'],
    ['tenants', '1'],
    ['devices', '600.5'],
    ['busy', '101'],
  ])
    expect(() => parseScaleOptions([`--${name}`, `${value}`])).toThrow(`--${name} ${value}: it must be a`)
  expect(() => parseScaleOptions(['--what', '1'])).toThrow("Unknown option '--what'")
})
