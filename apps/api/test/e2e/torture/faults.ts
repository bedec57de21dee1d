import type { Excuse } from './history.ts'

/** Something that has happened to somebody: it breaks, stays broken for a while, and is healed. */
export type Fault = {
  name: string
  /** The calls it may bring to nothing, while it lasts and shortly after. */
  excuses: Excuse
  strike(): Promise<void>
}

/** What a fault behind the API may never do to a call. */
export const nothing: Excuse = () => false
