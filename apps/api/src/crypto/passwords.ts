import bcrypt from 'bcrypt'
import { AppError } from '../errors.ts'
import { hmacSha256 } from '../secrets.ts'

/** `rehashed`: what to store from now on, where the hash was made at another cost. */
export type Verdict = { matches: false } | { matches: true; rehashed: string | null }

export type Passwords = {
  hash(password: string): Promise<string>
  /** One full key derivation whether or not there is a hash, so that time does not tell who exists. A match may cost one more. */
  verify(password: string, hash: string | null): Promise<Verdict>
  /** Derivations done since start, and those waiting now. */
  stats(): { total: number; waiting: number }
}

const concurrent = 2 // more would take the thread pool from everybody else
const maxWaiting = 100

/**
 * bcrypt over a keyed SHA-256 of the password: bcrypt alone reads 72 bytes and stops at a NUL.
 * NFC first: keyboards differ in how they spell the same accented letter.
 */
export function createPasswords(pepper: string, cost: number): Passwords {
  const decoy = bcrypt.hashSync('nobody has this password', cost)
  const prehash = (password: string) => hmacSha256(pepper, password.normalize('NFC')).toString('base64')
  const waiting: Array<() => void> = []
  let running = 0
  let total = 0

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= concurrent) {
      if (waiting.length >= maxWaiting)
        throw new AppError('OVERLOADED', 'Too many logins are waiting. Try again in a moment.', { retryAfterSeconds: 5 })
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift() // hands its place on, so running stays as it is
      if (next) next()
      else running -= 1
    }
  }

  function derive(password: string): Promise<string> {
    total += 1
    return bcrypt.hash(prehash(password), cost)
  }

  return {
    hash: (password) => inTurn(() => derive(password)),
    verify: (password, hash) =>
      inTurn(async () => {
        total += 1
        const matches = await bcrypt.compare(prehash(password), hash ?? decoy)
        if (!matches || hash === null) return { matches: false }
        return { matches: true, rehashed: bcrypt.getRounds(hash) === cost ? null : await derive(password) }
      }),
    stats: () => ({ total, waiting: waiting.length }),
  }
}
