import { describe, expect, it } from 'vitest'
import { axisTicks, formatUnit } from './units.ts'

describe('axis ticks', () => {
  it('start at nothing, are round, and end at or above the greatest value', () => {
    expect(axisTicks('bytes', 7_300_000_000)).toEqual([0, 2e9, 4e9, 6e9, 8e9])
    expect(axisTicks('number', 38)).toEqual([0, 10, 20, 30, 40])
    expect(axisTicks('hours', 90_000)).toEqual([0, 5, 10, 15, 20, 25].map((hours) => hours * 3_600))
  })

  it('split no person in two', () => {
    expect(axisTicks('number', 2)).toEqual([0, 1, 2])
    expect(axisTicks('number', 1)).toEqual([0, 1])
  })

  it('have an end above nothing where there is nothing', () => {
    expect(axisTicks('bytes', 0)).toEqual([0, 1])
    expect(axisTicks('hours', 0)).toEqual([0, 360])
  })

  it('are few and all read differently, whatever the size', () => {
    for (const unit of ['bytes', 'number', 'hours'] as const)
      for (let greatest = 1; greatest < 1e15; greatest *= 3.7) {
        const ticks = axisTicks(unit, greatest)
        expect(ticks.length).toBeLessThanOrEqual(6)
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(greatest)
        expect(new Set(ticks.map((value) => formatUnit(unit, value))).size).toBe(ticks.length)
      }
  })
})
