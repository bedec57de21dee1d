import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildTestApp, type TestApp } from '../../test/build-test-app.ts'

const places = {
  'the portal’s page about the code': ['https://portal.example.com', 'https://portal.example.com/errors/'],
  'a name, where there is no portal': ['', 'urn:cvault:error:'],
} as const

describe.each(Object.entries(places))('the type of a problem is %s', (_, [portalUrl, base]) => {
  let api: TestApp
  beforeAll(async () => {
    api = await buildTestApp({ PORTAL_URL: portalUrl })
    await api.app.listen()
  })
  afterAll(() => api.close())

  test('of a route’s refusal', async () => {
    const problem = (await api.app.inject('/api/v1/devices')).json<{ type: string }>()
    expect(problem).toMatchObject({ type: `${base}invalid-api-key`, code: 'INVALID_API_KEY' })
  })

  test('of what the router refuses', async () => {
    expect((await api.app.inject('/%zz')).json<{ type: string }>().type).toBe(`${base}bad-request`)
  })

  test('of what is no HTTP', async () => {
    const socket = connect((api.app.server.address() as AddressInfo).port)
    socket.write('no HTTP at all\r\n\r\n')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    await once(socket, 'close')
    expect(answer).toContain(`"type":"${base}bad-request"`)
  })
})
