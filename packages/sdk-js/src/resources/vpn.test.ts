import { afterEach, expect, test } from 'vitest'
import { CVault } from '../client.ts'
import { sendJson, sendProblem, someUser, startTestServer, tokens, type TestServer } from '../testing/test-server.ts'

const config = '[Interface]\nPrivateKey = kept-by-the-server\nAddress = 10.64.0.2/32\n'
const at = '2026-11-21T12:00:00.000Z'
const session = { id: 's1', device: { id: 'd1', name: 'Phone' }, server: { id: 'v1', region: 'us-east' }, connectedAt: at }
const connection = { sessionId: 's1', deviceId: 'd1', serverRegion: 'us-east', connectedAt: at, config }

let server: TestServer | undefined
let cvault: CVault | undefined
afterEach(async () => {
  cvault?.close()
  await server?.close()
})

/** A signed-in client; the nth call of a path is answered by the nth of its answers, and by the last from then on. */
async function signedIn(answers: Record<string, unknown[]>) {
  const asked: Record<string, number> = {}
  server = await startTestServer(({ path }, response) => {
    const route = Object.keys(answers).find((end) => path.split('?')[0]?.endsWith(end))
    if (route === undefined) return sendProblem(response, 404, 'NOT_FOUND')
    const count = (asked[route] = (asked[route] ?? 0) + 1)
    const answer = answers[route]?.[Math.min(count, answers[route].length) - 1]
    if (typeof answer === 'number') return sendProblem(response, answer, 'SERVER_UNAVAILABLE')
    sendJson(response, 200, answer)
  })
  const client = new CVault({ apiKey: 'cvk_key', baseUrl: server.url, maxRetries: 0 })
  cvault = client
  await client.auth.setSession({ ...tokens(1), user: someUser })
  const told: string[] = []
  client.onConnected(({ sessionId, serverRegion }) => told.push(`connected ${sessionId} ${serverRegion}`))
  client.onDisconnected(({ sessionId, deviceId }) => told.push(`disconnected ${sessionId} of ${deviceId}`))
  client.onError(({ code }) => told.push(`error ${code}`))
  return { client, told, received: server.received }
}

const status = (...sessions: object[]) => ({ status: sessions.length > 0 ? 'connected' : 'disconnected', sessions, timestamp: at })

test('connect and disconnect are told once, also when a status sees the same session', async () => {
  const { client, told, received } = await signedIn({
    '/vpn/connect': [connection],
    '/vpn/status': [status(session)],
    '/vpn/disconnect': [{ sessionIds: ['s1'], disconnectedAt: at }],
  })
  expect((await client.vpn.connect({ deviceId: 'd1', serverRegion: 'us-east' })).config).toBe(config)
  expect((await client.vpn.status()).sessions).toEqual([session])
  await client.vpn.disconnect({ deviceId: 'd1' })
  expect(told).toEqual(['connected s1 us-east', 'disconnected s1 of d1'])
  expect(received.map(({ body }) => body && JSON.parse(body))).toEqual([
    { deviceId: 'd1', serverRegion: 'us-east' },
    '',
    { deviceId: 'd1' },
  ])
})

test('a session that is gone from the status has ended', async () => {
  const { client, told } = await signedIn({ '/vpn/connect': [connection], '/vpn/status': [status()] })
  await client.vpn.connect({ deviceId: 'd1' })
  await client.vpn.status()
  expect(told).toEqual(['connected s1 us-east', 'disconnected s1 of d1'])
})

test('a call without a device means the only one, then the last one connected; with none or several it asks for one', async () => {
  const devices = [{ devices: [] }, { devices: [{ id: 'd1' }, { id: 'd2' }] }, { devices: [{ id: 'd1' }] }]
  const { client, received } = await signedIn({ '/devices': devices, '/vpn/connect': [connection] })
  await expect(client.vpn.connect()).rejects.toMatchObject({ code: 'DEVICE_REQUIRED', message: expect.stringContaining('no device yet') })
  await expect(client.vpn.connect()).rejects.toMatchObject({ code: 'DEVICE_REQUIRED', message: expect.stringContaining('several') })
  await client.vpn.connect()
  await client.vpn.connect()
  expect(received.map(({ path }) => path.replace(/^.*\/v1/, ''))).toEqual([
    ...Array(3).fill('/devices?limit=2'),
    '/vpn/connect',
    '/vpn/connect',
  ])
})

test('the server of a device is asked for by its id', async () => {
  const { client, received } = await signedIn({ '/vpn/server/status': [{ server: null, timestamp: at }] })
  expect(await client.vpn.serverStatus({ deviceId: 'a/b' })).toEqual({ server: null, timestamp: at })
  expect(received[0]?.path).toContain('deviceId=a%2Fb')
})

test('watching tells each status, goes on after a failure, and ends when asked to', async () => {
  const { client, told, received } = await signedIn({ '/vpn/status': [status(session), 503, status()] })
  const seen: string[] = []
  const stop = client.vpn.watch({ intervalMs: 500 })
  client.on('status', ({ status: now }) => seen.push(now))
  await expect.poll(() => seen.length).toBe(2)
  stop()
  expect(seen).toEqual(['connected', 'disconnected'])
  expect(told).toEqual(['connected s1 us-east', 'error SERVER_UNAVAILABLE', 'disconnected s1 of d1'])
  const asked = received.length
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(received).toHaveLength(asked)
})

test('watching ends with the session, the signal or the client, and refuses an interval that cannot be', async () => {
  const { client, received } = await signedIn({ '/vpn/status': [status()] })
  for (const intervalMs of [0, 499, Number.NaN, 86_400_001])
    expect(() => client.vpn.watch({ intervalMs })).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }))
  client.vpn.watch({ signal: AbortSignal.abort() })
  await client.auth.logout().catch(() => {})
  const before = received.length
  const told = new Promise((resolve) => client.onError(resolve))
  client.vpn.watch({ intervalMs: 500 })
  expect(await told).toMatchObject({ code: 'NOT_SIGNED_IN' })
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(received).toHaveLength(before)
})
