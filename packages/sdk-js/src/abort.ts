import { CVaultError } from './errors.ts'

export function aborted(signal: AbortSignal): CVaultError {
  return new CVaultError('ABORTED', 'The call was aborted by its signal.', { cause: signal.reason })
}

/** The work's result, or a rejection as soon as the signal is aborted; the work itself goes on. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  let stop = (): void => {}
  const abortion = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(aborted(signal))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => signal.removeEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([work, abortion])
  } finally {
    stop()
  }
}

export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await untilAborted(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))), signal)
  } finally {
    clearTimeout(timer)
  }
}
