import { expect, test, vi } from 'vitest'
import { createPlaces } from './places.ts'

/** Of so many who ask, each with a ring of their own that is noted. */
function callers(...names: string[]) {
  const rung: string[] = []
  return { rung, rings: names.map((name) => () => void rung.push(name)) as [() => void, ...Array<() => void>] }
}
const nobody = (): void => {}

test('who finds no place is rung when one is kept for them, in the order of asking', () => {
  const { rung, rings } = callers('anna', 'ben', 'carl')
  const [anna, ben = nobody, carl = nobody] = rings
  const places = createPlaces(1)
  const leaveAnna = places.take(anna)
  expect([places.take(ben), places.take(carl), places.take(ben)]).toEqual([null, null, null])
  leaveAnna?.()
  expect(rung).toEqual(['ben'])
  expect(places.take(carl), 'it is kept for ben').toBeNull()
  const leaveBen = places.take(ben)
  leaveBen?.()
  expect(rung).toEqual(['ben', 'carl'])
  places.forget(carl)
  const leaveAgain = places.take(anna)
  expect(leaveAgain, 'what was kept for carl is free again').not.toBeNull()
  leaveAgain?.()
  expect([rung.length, places.take(carl) === null]).toEqual([2, false])
})

test('who does not wait any more is passed over', () => {
  const { rung, rings } = callers('anna', 'ben')
  const [anna, ben = nobody] = rings
  const places = createPlaces(1)
  const leave = places.take(nobody)
  places.take(anna)
  places.take(ben)
  places.forget(anna)
  leave?.()
  expect(rung).toEqual(['ben'])
})

test('who has a place for too long does not keep the next from theirs, up to twice as many as there are places', () => {
  vi.useFakeTimers()
  try {
    const { rung, rings } = callers('first', 'second', 'third', 'fourth', 'fifth')
    const places = createPlaces(1, 100)
    const leaves = rings.map((ring) => places.take(ring))
    for (const [turn, ring] of rings.entries()) {
      if (turn > 0 && turn < 3) {
        vi.advanceTimersByTime(100)
        leaves[turn] = places.take(ring)
      }
    }
    expect(rung).toEqual(['second', 'third'])
    vi.advanceTimersByTime(1_000)
    expect(rung, 'two are late already, and a third keeps its place').toEqual(['second', 'third'])
    leaves[0]?.()
    expect(rung, 'whoever was late has no place to give back').toEqual(['second', 'third'])
    vi.advanceTimersByTime(100)
    expect(rung, 'one fewer is late').toEqual(['second', 'third', 'fourth'])
    leaves[3] = places.take(rings[3] ?? nobody)
    leaves[3]?.()
    expect(rung).toEqual(['second', 'third', 'fourth', 'fifth'])
  } finally {
    vi.useRealTimers()
  }
})
