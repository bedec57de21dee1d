import { expect, test } from 'vitest'
import { createConnections } from './connections.ts'
import { createEmitter } from './events.ts'
import type { VpnStatus } from './types.ts'

test('listeners hear until they stop, and once is once', () => {
  const emitter = createEmitter()
  const heard: string[] = []
  const stop = emitter.on('signedOut', ({ reason }) => heard.push(`on ${reason}`))
  emitter.once('signedOut', ({ reason }) => heard.push(`once ${reason}`))
  emitter.emit('signedOut', { reason: 'logout' })
  emitter.emit('signedOut', { reason: 'expired' })
  stop()
  stop()
  emitter.emit('signedOut', { reason: 'elsewhere' })
  expect(heard).toEqual(['on logout', 'once logout', 'on expired'])
})

test('a listener that throws is reported where uncaught errors are, and the others hear', async () => {
  const uncaught: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => uncaught.push(error))
  const emitter = createEmitter()
  const heard: string[] = []
  emitter.on('signedOut', () => {
    throw new Error('my own fault')
  })
  emitter.on('signedOut', () => heard.push('the next'))
  emitter.emit('signedOut', { reason: 'logout' })
  await new Promise((resolve) => setImmediate(resolve))
  for (const listener of listeners) process.on('uncaughtException', listener)
  expect([heard, uncaught]).toEqual([['the next'], [new Error('my own fault')]])
})

const session = (id: string) => ({ sessionId: id, deviceId: `device of ${id}`, serverRegion: 'us-east', connectedAt: 'then' })
const statusOf = (...ids: string[]): VpnStatus => ({
  status: ids.length > 0 ? 'connected' : 'disconnected',
  sessions: ids.map((id) => ({
    id,
    status: 'active',
    connectedAt: 'then',
    durationSeconds: 1,
    device: { id: `device of ${id}`, deviceName: 'd', assignedIp: '10.8.0.2' },
    server: { id: 's', region: 'us-east', publicIp: '192.0.2.1', endpointPort: 1 },
    online: true,
    lastHandshakeAt: null,
    rxBytes: 0,
    txBytes: 0,
  })),
  connectedDevices: ids.length,
  timestamp: 'now',
})

function following() {
  const emitter = createEmitter()
  const told: string[] = []
  emitter.on('connected', ({ sessionId }) => told.push(`+${sessionId}`))
  emitter.on('disconnected', ({ sessionId, deviceId }) => told.push(`-${sessionId} ${deviceId}`))
  return { connections: createConnections(emitter), told }
}

test('a session is told as open once and as ended once, whoever saw it first', () => {
  const { connections, told } = following()
  connections.opened(session('a'))
  connections.seen(statusOf('a', 'b'), connections.now())
  connections.ended('a', 'now')
  connections.seen(statusOf('b'), connections.now())
  connections.ended('a', 'later')
  connections.seen(statusOf(), connections.now())
  expect(told).toEqual(['+a', '+b', '-a device of a', '-b device of b'])
})

test('a status that was asked for before a session opened or ended says nothing of it', () => {
  const { connections, told } = following()
  const before = connections.now()
  connections.opened(session('a'))
  connections.seen(statusOf(), before)
  expect(told).toEqual(['+a'])
  connections.ended('a', 'now')
  connections.seen(statusOf('a'), before)
  expect(told).toEqual(['+a', '-a device of a'])
})

test('a server that makes up sessions for ever does not fill the memory', () => {
  const { connections, told } = following()
  for (let number = 0; number < 2_000; number++) connections.ended(`${number}`, 'now')
  connections.ended('1999', 'later')
  expect(told).toHaveLength(2_000)
  connections.ended('0', 'later')
  expect(told, 'long forgotten').toHaveLength(2_001)
})
