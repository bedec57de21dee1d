import process from 'node:process'
import type { CommandOptions, CommandResult } from '@cvault/wg/testing/real/run-command'

type Machine = { exec(argv: string[], options?: CommandOptions): Promise<CommandResult> }

/** Tries TCP and UDP on one port of every address at once; prints what answered. Kept to what a bare Node can run from text. */
const script = `
const [addresses, port] = [JSON.parse(process.argv[1]), Number(process.argv[2])]
const { connect } = require('node:net'); const { createSocket } = require('node:dgram')
const tcp = (host) => new Promise((done) => {
  const socket = connect({ host, port, timeout: 1500 })
  const answer = (is) => { socket.destroy(); done(is ? ['tcp ' + host] : []) }
  socket.on('connect', () => answer(true)).on('timeout', () => answer(false)).on('error', () => answer(false))
})
const udp = (host) => new Promise((done) => {
  const socket = createSocket('udp4').on('error', () => {})
  const answer = (is) => { clearInterval(timer); clearTimeout(late); socket.close(); done(is ? ['udp ' + host] : []) }
  const timer = setInterval(() => socket.send('anybody?', port, host, () => {}), 300)
  const late = setTimeout(() => answer(false), 1500)
  socket.on('message', () => answer(true))
})
Promise.all(addresses.flatMap((host) => [tcp(host), udp(host)])).then((found) => console.log(JSON.stringify(found.flat().sort())))`

/** Which of the addresses answer this machine on a port, as `tcp 10.8.0.2` and `udp 10.8.0.2`. */
export async function reachable(from: Machine, addresses: string[], port: number): Promise<string[]> {
  const result = await from.exec([process.execPath, '-e', script, JSON.stringify(addresses), String(port)])
  if (result.code !== 0) throw new Error(`cannot probe: ${result.stderr.trim()}`)
  return JSON.parse(result.stdout)
}
