import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

// That they compile is seen by the type check, which reads them like all other code.
const snippets = readdirSync(import.meta.dirname).filter((name) => !name.endsWith('.test.ts'))
const source = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

describe.each(snippets)('%s', (name) => {
  it('is short enough to read at a glance, and narrow enough for its box', () => {
    const lines = source(name).trim().split('\n')
    expect(lines.length).toBeLessThanOrEqual(16)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(112)
  })

  it('uses the SDK and nothing else', () => {
    const imported = [...source(name).matchAll(/from '(.+)'/g)].map(([, from]) => from)
    expect(imported.length).toBeGreaterThan(0)
    for (const from of imported) expect(['@cvault/sdk-js', './configure.ts']).toContain(from)
  })

  it('names the API wherever it makes a client: left out, keys would go to another', () => {
    expect(source(name).includes('new CVault(')).toBe(source(name).includes('baseUrl:'))
  })

  it('shows the secret only where a server runs it', () => {
    expect(source(name).includes('apiSecret')).toBe(name === 'tenant-usage.ts')
  })
})
