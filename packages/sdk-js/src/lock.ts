/** How long a tab waits to see in the storage what another tab has written before it gave the lock on. */
const visibleWithinMs = 2_000

type Lock = <T>(work: () => Promise<T>) => Promise<T>

/**
 * One at a time for work under a name: across tabs by Web Locks where there are any, otherwise within this client.
 * Null for what this client shares with nobody: it must not wait for the clients of other users.
 */
export function createLock(name: string | null): Lock {
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

/**
 * Which versions of a stored value were replaced. Browsers show a tab what another one wrote some time after they give it the lock,
 * so that a tab cannot tell from the storage alone; a lock of this name, held on, it sees at once.
 */
export function createReplacements(name: string | null) {
  const nameOf = (version: number): string => `${name}.replaced.${version}`
  const locks = name === null || typeof navigator === 'undefined' ? undefined : navigator.locks
  let release = (): void => {}

  return {
    /** Tell the other tabs that this version is no longer the one. */
    async tell(version: number): Promise<void> {
      release()
      await new Promise<void>((resolve) => {
        const held = (): Promise<void> => {
          resolve()
          return new Promise((done) => (release = done))
        }
        if (locks) locks.request(nameOf(version), { mode: 'shared' }, held).catch(() => resolve())
        else resolve()
      })
    },
    /** Read until what is read is not a version that another tab replaced. */
    async read<T extends { expiresAt: number }>(stored: () => Promise<T | null>): Promise<T | null> {
      const deadline = Date.now() + visibleWithinMs
      for (;;) {
        const found = await stored()
        const held = found && (await locks?.query().catch(() => undefined))?.held
        if (!found || !held?.some((lock) => lock.name === nameOf(found.expiresAt)) || Date.now() > deadline) return found
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    close: (): void => release(),
  }
}
