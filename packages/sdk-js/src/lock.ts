/**
 * One at a time for work under a name: across tabs by Web Locks where there are any, otherwise within this client.
 * Null for what this client shares with nobody: it must not wait for the clients of other users.
 */
export function createLock(name: string | null): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => {}) // Whoever waits next does not care how this one ended.
    return mine
  }
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (name === null || typeof navigator === 'undefined' || !navigator.locks) return inTurn(work)
    let begun = false
    try {
      return (await navigator.locks.request(name, () => {
        begun = true
        return work()
      })) as T
    } catch (error) {
      if (begun) throw error
      return inTurn(work) // Refused, as in a sandboxed frame.
    }
  }
}
