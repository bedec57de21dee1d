import { afterEach, expect, it, vi } from 'vitest'
import { boot } from './boot.ts'

afterEach(() => vi.unstubAllGlobals())

it.each(['https://ada:secret@api.example.com', 'https://api.example.com/?a=b', 'https://api.example.com/#a'])(
  'a kept configuration that the SDK refuses does not keep the app from starting: %s',
  async (baseUrl) => {
    const kept = JSON.stringify({ baseUrl, apiKey: 'cvk_1', source: 'typed' })
    vi.stubGlobal('localStorage', { getItem: () => kept })
    vi.stubGlobal('fetch', async () => new Response('', { status: 404 }))
    expect(await boot()).toMatchObject({ connection: null, problem: { code: 'INVALID_OPTIONS' } })
  },
)
