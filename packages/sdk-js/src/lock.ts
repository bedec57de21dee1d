/** One at a time for work under a name: across tabs by Web Locks where there are any, otherwise within this client. */
export function createLock(name: string): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (typeof navigator !== 'undefined' && navigator.locks) return navigator.locks.request(name, work) as Promise<T>
    const mine = last.then(work)
    last = mine.catch(() => {}) // Whoever waits next does not care how this one ended.
    return mine
  }
}
