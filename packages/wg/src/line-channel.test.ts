import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { expect, it } from 'vitest'
import { createLineChannel } from './line-channel.ts'
import { decodeDump } from './protocol.ts'

function openChannel() {
  const server = new PassThrough()
  const stream = Object.assign(new PassThrough(), { stderr: new PassThrough() })
  stream.write = () => true
  server.on('data', (chunk: Buffer) => stream.push(chunk))
  let failures = 0
  const channel = createLineChannel(stream as unknown as ClientChannel, () => (failures += 1))
  return { server, channel, failures: () => failures }
}

it('takes the largest dump an honest server can have', async () => {
  const { server, channel } = openChannel()
  const largest = {
    endpoint: `[${'2001:'.repeat(7)}2001%${'e'.repeat(15)}]:65535`,
    ip: `${'2001:'.repeat(7)}2001/128`,
    number: String(2n ** 63n - 1n),
  }
  const keyOf = (place: number) => Buffer.from(place.toString(16).padStart(64, '0'), 'hex').toString('base64')
  const peers = Array.from(
    { length: 65_535 },
    (_, place) => `peer ${keyOf(place)} 1 ${largest.endpoint} ${largest.ip} 8640000000000 ${largest.number} ${largest.number}\n`,
  )
  const body = `interface e.7 ${keyOf(70_000)} 51820 ${'0f'.repeat(32)}\n${peers.join('')}`
  const reply = channel.request('1 dump\n', 600_000)
  server.end(`${body}end 1 65536 ${body.length}\n`)
  expect(decodeDump(1, await reply).peers).toHaveLength(65_535)
})

it('refuses an answer that does not end', async () => {
  const { server, channel, failures } = openChannel()
  const refused = channel.request('1 dump\n', 600_000).catch((error: unknown) => error)
  for (let sent = 0; sent <= 16 && failures() === 0; sent += 1) if (!server.write(Buffer.alloc(1_048_576, 'a'))) await once(server, 'drain')
  expect(await refused).toMatchObject({ code: 'protocol', message: expect.stringContaining('16 MiB') })
  expect(failures()).toBe(1)
})
