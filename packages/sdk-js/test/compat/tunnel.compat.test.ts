import { rm } from 'node:fs/promises'
import { isSkipped, useLab } from '../../../../apps/api/test/e2e/harness/test-lab.ts'
import type { LabServer } from '../../../../apps/api/test/e2e/harness/lab.ts'
import { describe, expect, inject, test, vi } from 'vitest'
import { followReadme } from './harness/integrator.ts'

describe.skipIf(isSkipped)('on a real server', () => {
  let server: LabServer
  const lab = useLab({}, async ({ addServer, db }) => {
    server = await addServer('us-east')
    await vi.waitUntil(async () => (await db.query('SELECT FROM server_lanes WHERE reachable')).rowCount === 1, { timeout: 20_000 })
  })

  test('from an empty folder and the README to a tunnel that carries packets', async () => {
    const { network, api, signUp } = lab()
    const { apiKey } = await signUp()
    const { cwd, config, seconds } = await followReadme(inject('tarball'), { CVAULT_URL: api.url, CVAULT_API_KEY: apiKey })
    console.log(`From an empty folder to the file of a tunnel: ${seconds.toFixed(1)} s`)
    const client = await network.startClient()
    await client.up(config)
    expect((await client.http(`http://${network.hostName}/`)).body, 'address the web sees').toBe(server.real.publicIp)
    await client.stop()
    await rm(cwd, { recursive: true })
  })
})
