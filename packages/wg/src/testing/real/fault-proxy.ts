import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** `up` is client to target, `down` the way back. */
export type Direction = 'up' | 'down'

/** What is wrong with the line now. Holds for open connections too. */
export type Faults = {
  /** Delay of every chunk, each way. */
  latencyMs?: number
  /** Let exactly so many bytes of a connection pass that way, counted from its start or from now, then reset both ends. */
  resetAfter?: { direction: Direction; bytes: number; since?: 'start' | 'now' }
  /** Swallow what goes that way, and say nothing; connections stay open, new ones are accepted. */
  blackhole?: Direction | 'both'
  /** End the stream that way (FIN) and swallow the rest; the other way goes on. */
  halfClose?: Direction
  /** Pass chunks of at most so many bytes, each in a packet of its own. */
  sliceBytes?: number
  /** Refuse new connections; open ones go on. */
  refuse?: boolean
  /** Asked before each chunk goes on; `false` swallows it. */
  gate?: (direction: Direction) => boolean
}

export type FaultProxy = {
  host: string
  port: number
  /** Replace the faults; `{}` heals. Resolves when they hold. */
  set(faults: Faults): Promise<void>
  /** Reset every open connection now. */
  resetAll(): void
  openConnections(): number
  stop(): Promise<void>
}

type Pair = { client: Socket; target: Socket }

/** Start a TCP proxy that breaks the line to a target on demand. */
export async function startFaultProxy(options: { targetHost: string; targetPort: number; listenHost?: string }): Promise<FaultProxy> {
  const host = options.listenHost ?? '127.0.0.1'
  const pairs = new Set<Pair>()
  let faults: Faults = {}
  let server = await listen(0)
  const { port } = server.address() as AddressInfo

  async function listen(onPort: number): Promise<Server> {
    const made = createServer({ allowHalfOpen: true, noDelay: true }, accept)
    made.listen(onPort, host)
    await once(made, 'listening')
    return made
  }

  function accept(client: Socket): void {
    const target = connect({ host: options.targetHost, port: options.targetPort, allowHalfOpen: true, noDelay: true })
    const pair = { client, target }
    pairs.add(pair)
    pump(pair, 'up', client, target)
    pump(pair, 'down', target, client)
    if (faults.halfClose) halfClose(pair, faults.halfClose)
  }

  function pump(pair: Pair, direction: Direction, from: Socket, to: Socket): void {
    let passed = 0
    let counted = { faults, from: 0 } // how much had passed when the faults of now began to hold
    let queue = Promise.resolve() // keeps chunks in order, whatever their delay
    const isSwallowed = () =>
      faults.blackhole === direction || faults.blackhole === 'both' || faults.halfClose === direction || to.writableEnded
    const later = (work: () => void | Promise<void>) => {
      const dueAt = performance.now() + (faults.latencyMs ?? 0)
      queue = queue.then(async () => {
        const waitMs = dueAt - performance.now()
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
        await work()
      })
    }
    from.on('data', (chunk: Buffer) => {
      from.pause() // so that a slow receiver slows the sender; not while waiting, which would turn delay into a bandwidth limit
      if (faults.latencyMs) from.resume()
      later(() => pass(chunk))
    })
    from.on('end', () => later(() => void (isSwallowed() || to.end())))
    from.on('error', () => reset(pair))
    from.on('close', () => to.destroyed && pairs.delete(pair))

    function limitOf({ resetAfter }: Faults): number {
      if (counted.faults !== faults) counted = { faults, from: passed }
      if (resetAfter?.direction !== direction) return Number.POSITIVE_INFINITY
      return resetAfter.bytes + (resetAfter.since === 'now' ? counted.from : 0)
    }

    async function pass(chunk: Buffer): Promise<void> {
      if (faults.gate && !faults.gate(direction)) return void from.resume()
      const limit = limitOf(faults)
      const allowed = chunk.subarray(0, Math.max(0, limit - passed))
      const step = faults.sliceBytes ?? (allowed.length || 1)
      for (let at = 0; at < allowed.length && !isSwallowed() && !to.destroyed; at += step) {
        const part = allowed.subarray(at, at + step)
        await new Promise((resolve) => to.write(part, resolve))
        passed += part.length
        if (faults.sliceBytes) await new Promise((resolve) => setImmediate(resolve))
      }
      if (passed >= limit) reset(pair)
      else from.resume()
    }
  }

  function halfClose(pair: Pair, direction: Direction): void {
    const receiver = direction === 'up' ? pair.target : pair.client
    receiver.end()
  }

  function reset(pair: Pair): void {
    pairs.delete(pair)
    for (const socket of [pair.client, pair.target]) if (!socket.destroyed) socket.resetAndDestroy()
  }

  const resetAll = () => [...pairs].forEach(reset)
  return {
    host,
    port,
    set: async (next) => {
      faults = next
      const direction = next.halfClose
      if (direction) pairs.forEach((pair) => halfClose(pair, direction))
      if (next.refuse && server.listening) server.close() // the listener goes at once; `close` waits for its connections
      if (!next.refuse && !server.listening) server = await listen(port)
    },
    resetAll,
    openConnections: () => pairs.size,
    stop: async () => {
      resetAll()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}
