import { expect, test, vi } from 'vitest'
import { paged } from './paged.ts'
import type { PageOptions } from './types.ts'

const pages: Record<string, { items: number[]; totalCount: number; nextCursor: string | null }> = {
  first: { items: [1, 2], totalCount: 3, nextCursor: 'a' },
  a: { items: [3], totalCount: 3, nextCursor: null },
}
const fetchPage = async ({ cursor }: PageOptions) => pages[cursor ?? 'first'] ?? expect.unreachable('no such page')

test('nothing is sent until it is asked for, and the first page once', async () => {
  const fetched = vi.fn<typeof fetchPage>(fetchPage)
  const list = paged(fetched)
  expect(fetched).not.toHaveBeenCalled()
  expect(await list).toEqual(pages['first'])
  expect(await list).toEqual(pages['first'])
  const seen: number[] = []
  for await (const item of list) seen.push(item)
  expect(seen).toEqual([1, 2, 3])
  expect(fetched.mock.calls.map(([options]) => options)).toEqual([{}, { cursor: 'a' }])
})

test('whoever stops early asks for no more pages', async () => {
  const fetched = vi.fn<typeof fetchPage>(fetchPage)
  for await (const item of paged(fetched)) if (item === 2) break
  expect(fetched).toHaveBeenCalledTimes(1)
})

test('a failure reaches whoever awaits or iterates, and nobody else', async () => {
  const failing = () => paged<number>(async () => Promise.reject(new Error('no')))
  await expect(failing()).rejects.toThrow('no')
  await expect(failing().catch(() => 'caught')).resolves.toBe('caught')
  const ended = vi.fn<() => void>()
  await expect(failing().finally(ended)).rejects.toThrow('no')
  expect(ended).toHaveBeenCalledOnce()
  await expect(Array.fromAsync(failing())).rejects.toThrow('no')
})

test('a server that sends pages without anything in them for ever is found out', async () => {
  let turns = 0
  const list = paged<number>(async () => ({
    items: [],
    totalCount: 1,
    nextCursor: `${++turns < 100 ? turns : expect.unreachable('it goes on')}`,
  }))
  await expect(Array.fromAsync(list)).rejects.toMatchObject({ code: 'INVALID_RESPONSE' })
})

test('a server that sends the same page for ever is found out', async () => {
  const list = paged<number>(async () => ({ items: [1], totalCount: 1, nextCursor: 'again' }))
  await expect(Array.fromAsync(list)).rejects.toMatchObject({ code: 'INVALID_RESPONSE' })
})
