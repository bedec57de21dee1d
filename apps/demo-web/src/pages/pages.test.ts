import type { Server } from '@cvault/sdk-js'
import { describe, expect, it } from 'vitest'
import { regionsOf } from '../components/region-select.tsx'
import { hidePrivateKey, lacksPrivateKey } from './device/config-text.ts'
import { suggestDeviceName } from './devices/suggest-device-name.ts'
import { daysOfMonth, niceCeiling } from './usage/month-days.ts'

describe('the private key in a configuration', () => {
  const key = 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk='
  const config = (value: string) => `[Interface]\nPrivateKey = ${value}\nAddress = 10.8.0.2/32\n\n[Peer]\nPublicKey = ${key}\n`

  it('is hidden, and nothing else', () => {
    expect(hidePrivateKey(config(key))).toBe(config('•'.repeat(24)))
  })

  it('is known to be missing only where its place holds the placeholder', () => {
    expect(lacksPrivateKey(config('<your private key>'))).toBe(true)
    expect(lacksPrivateKey(config(key))).toBe(false)
    expect(hidePrivateKey(config('<your private key>'))).toContain('<your private key>')
  })
})

describe('a configuration that an API made up', () => {
  it('shows no other secret either', () => {
    const text = '[Interface]\nPrivateKey = one\n\n[Peer]\nPresharedKey = two\nPrivateKey = three\n'
    expect(hidePrivateKey(text)).not.toMatch(/one|two|three/)
  })

  // It took seconds, which is more than a test may; now it is read in one go.
  it('keeps nobody waiting', () => {
    const text = `[Interface]${'\n'.repeat(400_000)}`
    expect([lacksPrivateKey(text), hidePrivateKey(text) === text]).toEqual([false, true])
  })
})

describe('daysOfMonth', () => {
  const month = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' }
  const day = (date: string, rxBytes: number) => ({ date, rxBytes, txBytes: 0, connectionSeconds: 0 })

  it('has every day until today, unused ones as zeros', () => {
    const days = daysOfMonth({ ...month, days: [day('2026-11-02', 5)] }, Date.parse('2026-11-04T01:00:00Z'))
    expect(days.map(({ date, rxBytes }) => [date, rxBytes])).toEqual([
      ['2026-11-01', 0],
      ['2026-11-02', 5],
      ['2026-11-03', 0],
      ['2026-11-04', 0],
    ])
  })

  it('ends with the month, and trusts the API when this clock is behind', () => {
    expect(daysOfMonth({ ...month, days: [] }, Date.parse('2027-01-01T00:00:00Z'))).toHaveLength(30)
    expect(daysOfMonth({ ...month, days: [day('2026-11-09', 1)] }, Date.parse('2026-10-01T00:00:00Z'))).toHaveLength(9)
  })
})

describe('niceCeiling', () => {
  it.each([
    [0, 1],
    [1, 1],
    [1.1, 2],
    [4_900_000, 5_000_000],
    [5_100_000, 10_000_000],
    [1e9, 1e9],
  ])('of %d is %d', (value, ceiling) => expect(niceCeiling(value)).toBe(ceiling))
})

describe('regionsOf', () => {
  const server = (region: string, load: number, available: boolean): Server => ({
    id: region + load,
    name: region,
    region,
    load,
    available,
    kind: 'wireguard',
  })

  it('names each region once, with its emptiest server that takes devices', () => {
    expect(regionsOf([server('a', 90, true), server('a', 10, false), server('b', 30, false), server('a', 40, true)])).toEqual([
      { region: 'a', load: 40, isAvailable: true },
      { region: 'b', load: 30, isAvailable: false },
    ])
  })
})

describe('suggestDeviceName', () => {
  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)', 'iPhone'],
    ['Mozilla/5.0 (Linux; Android 16) Chrome/150', 'Android phone'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'Linux PC'],
    ['curl/8', ''],
  ])('for %s is %s', (userAgent, name) => expect(suggestDeviceName(userAgent)).toBe(name))
})
