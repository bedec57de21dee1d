import { expect, test } from 'vitest'
import { isThisMachine } from './this-machine.ts'

test('only addresses of this machine are this machine', () => {
  for (const url of ['http://localhost:3001', 'http://127.0.0.1', 'http://[::1]:3001', 'http://127.0.0.53:1'])
    expect(isThisMachine(url)).toBe(true)
  const others = [
    'http://portal.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.nip.io',
    'http://10.0.0.1',
    'http://',
    'nonsense',
  ]
  for (const url of others) expect(isThisMachine(url), url).toBe(false)
})
