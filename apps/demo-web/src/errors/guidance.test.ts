import { matchRoutes } from 'react-router'
import { describe, expect, it } from 'vitest'
import { routes } from '../app/routes.tsx'
import { guidanceFor, isPassing, knownCodes } from './guidance.ts'

// That every code of the SDK has its guidance is held by the type: what is missing does not compile.
describe('guidanceFor', () => {
  it.each(knownCodes)('%s says what happened and what to do, in whole sentences', (code) => {
    const { title, help } = guidanceFor(code)
    expect(title).toMatch(/^[A-Z].{10,80}[^.]$/)
    expect(help).toMatch(/^[A-Z].*[.]$/)
    expect(help).not.toContain(code)
  })

  it('leads to pages that exist', () => {
    const links = knownCodes.map((code) => guidanceFor(code).next).filter((next) => next.kind === 'link')
    expect(links.length).toBeGreaterThan(0)
    for (const { to } of links) expect(matchRoutes(routes, to)?.at(-1)?.route.path).toBe(to.slice(1))
  })

  it('helps with a code that this version does not know, also one that an object has', () => {
    for (const code of ['SOMETHING_NEW', 'constructor', '__proto__']) {
      expect(guidanceFor(code).next).toEqual({ kind: 'retry' })
      expect(guidanceFor(code).title).toBe('The API refused this')
    }
  })

  it('offers to try again where trying again may help by itself', () => {
    expect(knownCodes.filter(isPassing)).toEqual(['NETWORK_ERROR', 'INTERNAL', 'OVERLOADED', 'SERVICE_UNAVAILABLE'])
    for (const code of knownCodes.filter(isPassing)) expect(guidanceFor(code).next.kind).toBe('retry')
  })
})
