import { uuidv7 } from 'uuidv7'

/** Time-ordered, so that new rows land at the end of their index and pages follow creation. */
export const newId = (): string => uuidv7()
