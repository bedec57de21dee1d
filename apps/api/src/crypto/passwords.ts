import bcrypt from 'bcrypt'
import { AppError } from '../errors.ts'
import { hmacSha256 } from '../secrets.ts'
import { createTurns } from '../turns.ts'

/** `rehashed`: what to store from now on, where the hash was made at another cost. */
export type Verdict = { matches: false } | { matches: true; rehashed: string | null }

export type Passwords = {
  /** `party`: the tenant it is for. Tenants take turns, so that a flood at one delays nobody else's logins. */
  hash(password: string, party?: string): Promise<string>
  /** One full key derivation whether or not there is a hash, so that time does not tell who exists. A match may cost one more. */
  verify(password: string, hash: string | null, party?: string): Promise<Verdict>
  /** Derivations done since start, and those waiting now. */
  stats(): { total: number; waiting: number }
}

const concurrent = 2 // more would take the thread pool from everybody else
const maxWaiting = 100 // of one tenant

/**
 * bcrypt over a keyed SHA-256 of the password: bcrypt alone reads 72 bytes and stops at a NUL.
 * NFC first: keyboards differ in how they spell the same accented letter.
 */
export function createPasswords(pepper: string, cost: number): Passwords {
  const decoy = bcrypt.hashSync('nobody has this password', cost)
  const prehash = (password: string) => hmacSha256(pepper, password.normalize('NFC')).toString('base64')
  const turns = createTurns({ places: concurrent, maxWaiting })
  let total = 0

  async function inTurn<T>(party: string, work: () => Promise<T>): Promise<T> {
    const turn = turns.take(party, work)
    if (turn === null) throw new AppError('OVERLOADED', 'Too many logins are waiting. Try again in a moment.', { retryAfterSeconds: 5 })
    return turn
  }

  function derive(password: string): Promise<string> {
    total += 1
    return bcrypt.hash(prehash(password), cost)
  }

  return {
    hash: (password, party = '') => inTurn(party, () => derive(password)),
    verify: (password, hash, party = '') =>
      inTurn(party, async () => {
        total += 1
        const matches = await bcrypt.compare(prehash(password), hash ?? decoy)
        if (!matches || hash === null) return { matches: false }
        return { matches: true, rehashed: bcrypt.getRounds(hash) === cost ? null : await derive(password) }
      }),
    stats: () => ({ total, waiting: turns.waiting() }),
  }
}
