import { expect, test } from 'vitest'
import { createGroupCommit } from './group-commit.ts'

const pause = () => new Promise((resolve) => setTimeout(resolve, 5))
const echo = (items: number[]) => items.map((item) => ({ result: item * 2 }))

test('what waits while a batch runs goes together in the next one', async () => {
  const batches: number[][] = []
  const submit = createGroupCommit<number, number>({
    run: async (items) => {
      batches.push(items)
      await pause()
      return echo(items)
    },
    isFaultOfOne: () => false,
  })
  const first = [submit(1), submit(2)]
  await new Promise((resolve) => setImmediate(resolve))
  const results = await Promise.all([...first, submit(3), submit(4), submit(5)])
  expect(results).toEqual([2, 4, 6, 8, 10])
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5],
  ])
  expect(await submit(6)).toBe(12) // and it starts again after it was idle
})

test('a batch is never larger than allowed', async () => {
  const sizes: number[] = []
  const submit = createGroupCommit<number, number>({
    run: async (items) => {
      sizes.push(items.length)
      return echo(items)
    },
    isFaultOfOne: () => false,
    maxBatch: 3,
  })
  await Promise.all([1, 2, 3, 4, 5, 6, 7].map(submit))
  expect(sizes).toEqual([3, 3, 1])
})

test('an outcome that is an error is that of one item', async () => {
  const submit = createGroupCommit<number, number>({
    run: async (items) => items.map((item) => (item === 2 ? { error: new Error('two') } : { result: item })),
    isFaultOfOne: () => false,
  })
  expect(await Promise.allSettled([1, 2, 3].map(submit))).toMatchObject([{ value: 1 }, { reason: { message: 'two' } }, { value: 3 }])
})

test('one poisonous item never fails its neighbours', async () => {
  let runs = 0
  const submit = createGroupCommit<number, number>({
    run: async (items) => {
      runs += 1
      if (items.includes(2)) throw new Error('poison')
      return echo(items)
    },
    isFaultOfOne: () => true,
  })
  expect(await Promise.allSettled([1, 2, 3].map(submit))).toMatchObject([{ value: 2 }, { reason: { message: 'poison' } }, { value: 6 }])
  expect(runs).toBe(4)
})

test('a failure that is nobody’s fails the batch once, without trying each item', async () => {
  let runs = 0
  const submit = createGroupCommit<number, number>({
    run: async () => {
      runs += 1
      throw new Error('database down')
    },
    isFaultOfOne: () => false,
  })
  const results = await Promise.allSettled([1, 2, 3].map(submit))
  expect(results.every(({ status }) => status === 'rejected')).toBe(true)
  expect(runs).toBe(1)
})

test('too many waiting are refused at once instead of piling up', async () => {
  const submit = createGroupCommit<number, number>({
    run: async (items) => (await pause(), echo(items)),
    isFaultOfOne: () => false,
    maxWaiting: 2,
  })
  const results = await Promise.allSettled([1, 2, 3].map(submit))
  expect(results).toMatchObject([{ value: 2 }, { value: 4 }, { reason: { code: 'OVERLOADED', retryAfterSeconds: 1 } }])
})
