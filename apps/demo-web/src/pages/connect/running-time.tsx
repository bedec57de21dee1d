import { useEffect, useState } from 'react'
import { formatDuration } from '../../format/time.ts'

/** Ticks from what the API said first: a session's clock must not jump with the network's delays. */
export function RunningTime({ seconds }: { seconds: number }) {
  const [startedAt] = useState(() => Date.now() - seconds * 1000)
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000)
    return () => window.clearInterval(timer)
  }, [])
  return (
    <span role="timer" aria-label="Connected for">
      {formatDuration((now - startedAt) / 1000)}
    </span>
  )
}
