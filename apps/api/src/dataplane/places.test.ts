import { expect, test } from 'vitest'
import { createPlaces } from './places.ts'

test('who finds no place is rung when one is kept for them, in the order of asking', () => {
  const rung: string[] = []
  const [anna, ben, carl] = ['anna', 'ben', 'carl'].map((name) => () => void rung.push(name))
  if (!anna || !ben || !carl) throw new Error('nobody')
  const places = createPlaces(1)
  expect(places.take(anna)).toBe(true)
  expect([places.take(ben), places.take(carl), places.take(ben)]).toEqual([false, false, false])
  places.leave()
  expect(rung).toEqual(['ben'])
  expect(places.take(carl), 'it is kept for ben').toBe(false)
  expect(places.take(ben)).toBe(true)
  places.leave()
  expect(rung).toEqual(['ben', 'carl'])
  places.forget(carl)
  expect(places.take(anna), 'what was kept for carl is free again').toBe(true)
  places.leave()
  expect([rung.length, places.take(carl)]).toEqual([2, true])
})

test('who does not wait any more is passed over', () => {
  const rung: string[] = []
  const [anna, ben] = [() => void rung.push('anna'), () => void rung.push('ben')]
  const places = createPlaces(1)
  places.take(() => {})
  places.take(anna)
  places.take(ben)
  places.forget(anna)
  places.leave()
  expect(rung).toEqual(['ben'])
})
