import { afterEach, expect, test } from 'vitest'
import { CVault } from '../client.ts'
import { sendJson, someUser, startTestServer, tokens, type TestServer } from '../testing/test-server.ts'

let server: TestServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

/** Answers a login of "slow" when it is told to. */
async function slowLogin() {
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  server = await startTestServer(async ({ path, body }, response) => {
    if (path.endsWith('/logout')) return void response.writeHead(204).end()
    const { email } = JSON.parse(body) as { email: string }
    if (email === 'refused') return sendJson(response, 401, { code: 'INVALID_CREDENTIALS', detail: 'No.' })
    if (email === 'slow') {
      asked.resolve()
      await answer.promise
    }
    sendJson(response, 200, tokens(email === 'slow' ? 1 : 2, { id: email, email }))
  })
  const cvault = new CVault({ apiKey: 'cvk_key', baseUrl: server.url, maxRetries: 0 })
  const slow = cvault.auth.login({ email: 'slow', password: 'x' })
  await asked.promise
  return { cvault, slow, answer: answer.resolve }
}

const who = async (cvault: CVault): Promise<string | undefined> => (await cvault.auth.getUser())?.id
const logouts = () => server?.received.filter(({ path }) => path.endsWith('/logout')).map(({ headers }) => headers.authorization)

test('of two sign-ins, the one that began last counts, whichever is answered last', async () => {
  const { cvault, slow, answer } = await slowLogin()
  await cvault.auth.login({ email: 'fast', password: 'x' })
  answer()
  await expect(slow).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' })
  expect([await who(cvault), logouts()]).toEqual(['fast', ['Bearer access-1']])
})

test('who signs out while signing in stays out', async () => {
  const { cvault, slow, answer } = await slowLogin()
  await cvault.auth.logout()
  answer()
  await expect(slow).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' })
  expect([await who(cvault), logouts()]).toEqual([undefined, ['Bearer access-1']])
})

test('a session that was set meanwhile stays', async () => {
  const { cvault, slow, answer } = await slowLogin()
  await cvault.auth.setSession({ ...tokens(3), user: someUser })
  answer()
  await expect(slow).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' })
  expect(await who(cvault)).toBe(someUser.id)
})

test('a later sign-in that is refused takes nothing from an earlier one', async () => {
  const { cvault, slow, answer } = await slowLogin()
  await expect(cvault.auth.login({ email: 'refused', password: 'x' })).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
  answer()
  expect((await slow).user.id).toBe('slow')
  expect(await who(cvault)).toBe('slow')
})
