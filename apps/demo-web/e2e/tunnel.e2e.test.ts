import type { Lab, LabServer } from '@cvault/api/test/e2e/harness/lab.ts'
import { startLab } from '@cvault/api/test/e2e/harness/lab.ts'
import { untilReachable } from '@cvault/api/test/e2e/harness/simulated-backend.ts'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addDevice, createAccount, downloadConfig, goTo } from './harness/app.ts'
import { demoConfigOf } from './harness/backend.ts'
import type { Visitor } from '@cvault/ui/test/browser'
import { newVisitor, startBrowser } from '@cvault/ui/test/browser'
import type { Demo } from './harness/demo.ts'
import { startDemo } from './harness/demo.ts'

let [demo, lab, browser]: [Demo?, Lab?, Browser?] = []
let [east, west]: LabServer[] = []
let visitor: Visitor

const given = <T>(thing: T | undefined): T => thing ?? expect.fail('the lab did not start')

beforeAll(async () => {
  demo = await startDemo()
  lab = await startLab({ CORS_ORIGINS: demo.url })
  east = await lab.addServer('us-east')
  west = await lab.addServer('eu-west')
  await untilReachable(lab.operator)
  await demo.configure(demoConfigOf(lab.api.url, await lab.signUp(), { simulated: false }))
  browser = await startBrowser()
})
beforeEach(async ({ task }) => {
  visitor = await newVisitor(given(browser), given(demo).url)
  return async () => {
    if (task.result?.state === 'fail') console.error(`── ${task.name}\n${await visitor.describe()}\n${await lab?.describe()}`)
    await visitor.context.close()
  }
})
afterAll(async () => {
  await browser?.close()
  await lab?.stop()
  await demo?.stop()
})

test('from the first visit to a working tunnel, which the app then follows', async () => {
  const { network } = given(lab)
  const { page } = visitor
  await page.goto('/')
  await createAccount(page)
  await addDevice(page, { name: 'My laptop', region: 'us-east' })
  const { fileName, text } = await downloadConfig(page)
  expect(fileName).toMatch(/^[a-zA-Z0-9_=+.-]{1,15}\.conf$/)

  const client = await network.startClient()
  await client.up(text)
  const server = given(east)
  expect((await client.http(`http://${network.hostName}/`)).body, 'address the web sees').toBe(server.real.publicIp)
  expect((await client.echo(network.httpAddress, 50, 100)).received).toBe(50)

  await goTo(page, 'Connect')
  await expect(page.getByText('no packet moves').count(), 'these servers are real').resolves.toBe(0)
  // The server saw the handshake, and opened a session without being told.
  await page.getByRole('button', { name: 'Disconnect' }).waitFor()
  const status = page.getByRole('region', { name: 'Status' })
  await status.getByText('Connected', { exact: true }).waitFor()
  await status.getByText('Online').waitFor()
  const clock = await status.locator('dd').first().innerText()
  await expect.poll(() => status.locator('dd').first().innerText(), { message: 'the clock runs' }).not.toBe(clock)
  expect((await client.http(`${network.httpUrl}bytes?n=2000000`)).receivedBytes).toBe(2_000_000)
  await status.getByText(/^2(\.\d+)? MB$/).waitFor()
  await page.getByRole('button', { name: 'Disconnect' }).click()
  await status.getByText('Disconnected').waitFor()

  await goTo(page, 'Usage')
  await page
    .getByText(/2(\.\d+)? MB/)
    .first()
    .waitFor()
  expect(visitor.faults).toEqual([])
  await client.stop()
})

test('a key made on this device brings a tunnel up and is never sent', async () => {
  const { network, db } = given(lab)
  const { page } = visitor
  await page.goto('/')
  await createAccount(page)
  await addDevice(page, { name: 'My phone', keys: 'Made on this device', region: 'eu-west' })
  const { text } = await downloadConfig(page)
  const privateKey = /^PrivateKey = (\S{44})$/m.exec(text)?.[1] ?? expect.fail(`no private key in\n${text.replace(/PrivateKey.*/, '')}`)

  const client = await network.startClient()
  await client.up(text)
  expect((await client.http(network.httpUrl)).body).toBe(given(west).real.publicIp)
  expect((await client.echo(network.httpAddress, 50, 100)).received).toBe(50)

  const publicKey = (await client.exec(['wg', 'pubkey'], { input: privateKey })).stdout.trim()
  const bodies = visitor.calls.map(({ body }) => body).join('\n')
  expect(bodies, 'what was sent').toContain(publicKey)
  expect(bodies).not.toContain(privateKey)
  const { rows } = await db.query('SELECT private_key_encrypted FROM devices WHERE public_key = $1', [publicKey])
  expect(rows, 'what CVault keeps').toEqual([{ private_key_encrypted: null }])

  // Where the browser's data is gone, so is the key: nobody else has it.
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage)) if (key.endsWith('.keys')) localStorage.removeItem(key)
  })
  await page.reload()
  await page.getByText('The private key is not known here').waitFor()
  expect(visitor.faults).toEqual([])
  await client.stop()
})
