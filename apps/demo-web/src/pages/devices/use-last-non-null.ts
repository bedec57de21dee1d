import { useState } from 'react'

/** The value, or the one before it while it is null: a dialog keeps its text while it fades out. */
export function useLastNonNull<Value>(value: Value | null): Value | null {
  const [last, setLast] = useState(value)
  if (value !== null && value !== last) setLast(value)
  return value ?? last
}
