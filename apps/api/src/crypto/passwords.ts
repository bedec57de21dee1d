import bcrypt from 'bcrypt'
import { AppError } from '../errors.ts'
import { hmacSha256 } from '../secrets.ts'

export type Passwords = {
  hash(password: string): Promise<string>
  /** One full key derivation whether or not there is a hash, so that time does not tell who exists. */
  verify(password: string, hash: string | null): Promise<boolean>
  /** Derivations done since start, and those waiting now. */
  stats(): { total: number; waiting: number }
}

const concurrent = 2 // more would take the thread pool from everybody else
const maxWaiting = 100

/** bcrypt over a keyed SHA-256 of the password: bcrypt alone reads 72 bytes and stops at a NUL. */
export function createPasswords(pepper: string, cost: number): Passwords {
  const decoy = bcrypt.hashSync('nobody has this password', cost)
  const prehash = (password: string) => hmacSha256(pepper, password).toString('base64')
  const waiting: Array<() => void> = []
  let running = 0
  let total = 0

  async function derive<T>(work: () => Promise<T>): Promise<T> {
    if (running >= concurrent) {
      if (waiting.length >= maxWaiting) throw new AppError('OVERLOADED', 'Too many logins are waiting. Try again in a moment.', { retryAfterSeconds: 5 })
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      total += 1
      return await work()
    } finally {
      const next = waiting.shift() // hands its place on, so running stays as it is
      if (next) next()
      else running -= 1
    }
  }

  return {
    hash: (password) => derive(() => bcrypt.hash(prehash(password), cost)),
    verify: (password, hash) =>
      derive(async () => {
        const matches = await bcrypt.compare(prehash(password), hash ?? decoy)
        return matches && hash !== null
      }),
    stats: () => ({ total, waiting: waiting.length }),
  }
}
