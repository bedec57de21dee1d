import type { ClientChannel } from 'ssh2'
import { DriverError } from './driver.ts'
import { protocolError } from './dump.ts'
import { isReplyComplete } from './envelope.ts'

/** One question at a time over one SSH channel. */
export type LineChannel = {
  /** The agent's first line. */
  greeting(timeoutMs: number): Promise<string>
  /** Send a request and wait for its whole reply. Rejects with {@link DriverError}. */
  request(text: string, timeoutMs: number): Promise<string>
  /** Say that the connection under it is gone. */
  lost(what: string): void
  /** End the channel; whoever waits gets this error. */
  fail(error: DriverError): void
}

type Waiter = {
  isDone(tail: string): boolean
  brokenCode: 'unreachable' | 'unknown'
  resolve(text: string): void
  reject(error: DriverError): void
  timer: NodeJS.Timeout
}

// 65 535 peers, the most that a server can be given, with the longest addresses and counters there are.
const largestReplyBytes = 16 * 1024 * 1024
const tailLength = 100

/** Put the request-and-reply discipline on a channel. `onFailure` is called once, when it can serve no more. */
export function createLineChannel(stream: ClientChannel, onFailure: () => void): LineChannel {
  let waiter: Waiter | null = null
  let failure: DriverError | null = null
  let chunks: string[] = []
  let bytes = 0
  let tail = ''

  stream.on('data', (chunk: Buffer) => {
    if (failure) return
    // Latin-1 keeps one character per byte, so the counts in a reply can be checked against what really came.
    const text = chunk.toString('latin1')
    chunks.push(text)
    bytes += text.length
    tail = (tail + text).slice(-tailLength)
    if (bytes > largestReplyBytes) fail(protocolError('it is larger than 16 MiB'))
    else if (!waiter) fail(protocolError('it came without a question'))
    else if (tail.endsWith('\n') && waiter.isDone(tail)) settle(waiter)
  })
  stream.stderr.resume()
  stream.on('error', () => broken('The SSH channel broke'))
  // The exit code may overtake the last output, so only the close that follows both counts.
  let exitCode: number | null = null
  stream.on('exit', (code: number | null) => {
    exitCode = code
  })
  stream.on('close', () => broken(exitCode === null ? 'The SSH channel was closed' : `The agent ended with exit code ${exitCode}`))

  function settle(done: Waiter): void {
    const text = chunks.join('')
    waiter = null
    chunks = []
    bytes = 0
    tail = ''
    clearTimeout(done.timer)
    done.resolve(text)
  }

  function broken(what: string): void {
    const code = waiter?.brokenCode ?? 'unreachable'
    fail(new DriverError(code, code === 'unknown' ? `${what} after the request was sent; whether it was obeyed is not known.` : `${what}.`))
  }

  function fail(error: DriverError): void {
    if (failure) return
    // Whoever comes later has sent nothing, whatever became of the one who waited.
    failure = error.code === 'unknown' ? new DriverError('unreachable', 'The SSH channel is closed.') : error
    const waiting = waiter
    waiter = null
    if (waiting) clearTimeout(waiting.timer)
    stream.destroy()
    onFailure()
    waiting?.reject(error)
  }

  function wait(isDone: Waiter['isDone'], brokenCode: Waiter['brokenCode'], timeoutMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => broken(`No answer came within ${timeoutMs} ms`), timeoutMs)
      waiter = { isDone, brokenCode, resolve, reject, timer }
    })
  }

  return {
    greeting: (timeoutMs) => (failure ? Promise.reject(failure) : wait(() => true, 'unreachable', timeoutMs)),
    request(text, timeoutMs) {
      if (failure) return Promise.reject(new DriverError('unreachable', failure.message))
      const reply = wait(isReplyComplete, 'unknown', timeoutMs)
      stream.write(text)
      return reply
    },
    lost: broken,
    fail,
  }
}
