import { CVaultError } from '@cvault/sdk-js'
import { describe, expect, it } from 'vitest'
import { findFieldErrors, forgetConfig, loadConfig, maskKey, saveConfig } from './app-config.ts'
import { parseDeployment } from './deployment.ts'
import { fieldErrorsOf } from './field-errors-of.ts'

const good = { baseUrl: 'https://api.example.com', apiKey: 'cvk_abcdefghijklmnop' }

describe('findFieldErrors', () => {
  it.each(['https://api.example.com', 'http://localhost:3000', 'http://127.0.0.1:4200', 'http://[::1]:3000', ' https://api.example.com '])(
    'takes %s',
    (baseUrl) => expect(findFieldErrors({ ...good, baseUrl })).toEqual({}),
  )

  it.each(['', 'api.example.com', 'http://api.example.com', 'ftp://localhost', 'javascript:alert(1)', 'http://localhost.example.com'])(
    'refuses %s',
    (baseUrl) => expect(Object.keys(findFieldErrors({ ...good, baseUrl }))).toEqual(['baseUrl']),
  )

  it('refuses a secret and says why, also in the middle of what was pasted', () => {
    for (const apiKey of ['cvs_0EUsGNkvxG9u3FLN', 'cvk_abc cvs_0EUsGNkvxG9u3FLN']) {
      const { apiKey: error } = findFieldErrors({ ...good, apiKey })
      expect(error).toMatch(/secret.*belongs on your servers only/)
      expect(error).not.toContain('0EUsGNkvxG9u3FLN')
    }
  })

  it('knows what an address without its beginning needs', () => {
    expect(findFieldErrors({ ...good, baseUrl: 'localhost:3000' }).baseUrl).toBe('Begin it with https://, or on this machine with http://.')
  })

  it('refuses what is no key', () => {
    for (const apiKey of ['', 'abc', 'Bearer cvk_abc']) expect(findFieldErrors({ ...good, apiKey }).apiKey).toMatch(/cvk_/)
  })
})

describe('maskKey', () => {
  it('leaves enough to recognise a key, and no more', () => {
    expect(maskKey('cvk_cs4ruyCOXjO2z3xa8ped')).toBe('cvk_cs4r…8ped')
    expect(maskKey('cvk_short')).toBe('cvk_…')
  })
})

describe('the kept configuration', () => {
  it('comes back as it was, until it is forgotten', () => {
    const storage = memoryStorage()
    saveConfig(storage, { ...good, source: 'deployment' })
    expect(loadConfig(storage)).toEqual({ ...good, source: 'deployment' })
    forgetConfig(storage)
    expect(loadConfig(storage)).toBeNull()
  })

  it.each(['', 'no json', 'null', '[]', '{"baseUrl":1}', '{"baseUrl":"http://evil.example","apiKey":"cvk_a"}'])(
    'is none when it is damaged: %s',
    (text) => {
      const storage = memoryStorage()
      storage.setItem('cvault-demo.config', text)
      expect(loadConfig(storage)).toBeNull()
    },
  )

  it('is none where the browser keeps nothing', () => expect(loadConfig(null)).toBeNull())
})

describe('parseDeployment', () => {
  const whole = { ...good, user: { email: 'a@b.c', password: 'x' }, docsUrl: 'https://docs.example', portalUrl: null, simulated: true }

  it('takes what it knows and leaves the rest', () => expect(parseDeployment({ ...whole, more: 1 })).toEqual(whole))

  it('follows no link that could run a script', () =>
    expect(parseDeployment({ ...whole, docsUrl: 'javascript:alert(1)', portalUrl: 'portal' })).toMatchObject({
      docsUrl: null,
      portalUrl: null,
    }))

  it('is none without the two values that count', () => {
    for (const value of [null, 'text', [], { baseUrl: good.baseUrl }, { ...good, apiKey: 7 }]) expect(parseDeployment(value)).toBeNull()
  })

  it('has no account of which half is missing', () => expect(parseDeployment({ ...whole, user: { email: 'a@b.c' } })?.user).toBeNull())
})

describe('fieldErrorsOf', () => {
  it.each([
    ['INVALID_API_KEY', ['apiKey']],
    ['NETWORK_ERROR', ['baseUrl']],
    ['INVALID_RESPONSE', ['baseUrl']],
    ['TENANT_SUSPENDED', []],
  ])('%s belongs to %j', (code, fields) => expect(Object.keys(fieldErrorsOf(new CVaultError(code, 'x')))).toEqual(fields))
})

function memoryStorage(): Storage {
  const kept = new Map<string, string>()
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
    key: (index) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size
    },
  }
}
