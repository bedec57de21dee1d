import { AppError } from './errors.ts'

/** What became of one item of a batch. */
export type Outcome<Result> = { result: Result } | { error: unknown }

export type GroupCommit<Item, Result> = (item: Item) => Promise<Result>

type Options<Item, Result> = {
  /** Answer every item, in order. A rejection says that nothing of the batch was done. */
  run: (items: Item[]) => Promise<Array<Outcome<Result>>>
  /** Whether a rejection of `run` can be the fault of one item, so that its neighbours deserve another try alone. */
  isFaultOfOne: (error: unknown) => boolean
  maxBatch?: number
  maxWaiting?: number
}

type Waiting<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }

/** One batch runs at a time; whatever arrives meanwhile goes together in the next one. */
export function createGroupCommit<Item, Result>({
  run,
  isFaultOfOne,
  maxBatch = 256,
  maxWaiting = 4_096,
}: Options<Item, Result>): GroupCommit<Item, Result> {
  const queue: Array<Waiting<Item, Result>> = []
  let isRunning = false

  async function settle(batch: Array<Waiting<Item, Result>>): Promise<void> {
    try {
      const outcomes = await run(batch.map(({ item }) => item))
      for (const [index, waiting] of batch.entries()) {
        const outcome = outcomes[index] ?? { error: new Error('The batch gave no outcome for this item') }
        if ('result' in outcome) waiting.resolve(outcome.result)
        else waiting.reject(outcome.error)
      }
    } catch (error) {
      if (batch.length > 1 && isFaultOfOne(error)) for (const waiting of batch) await settle([waiting])
      else for (const waiting of batch) waiting.reject(error)
    }
  }

  async function drain(): Promise<void> {
    isRunning = true
    while (queue.length > 0) await settle(queue.splice(0, maxBatch))
    isRunning = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (queue.length >= maxWaiting) {
        reject(new AppError('OVERLOADED', 'Too many requests of this kind wait already. Try again in a moment.', { retryAfterSeconds: 1 }))
        return
      }
      queue.push({ item, resolve, reject })
      // After the current turn of the event loop, so that requests read from many sockets at once share a batch.
      if (!isRunning) {
        isRunning = true
        setImmediate(() => void drain())
      }
    })
}
