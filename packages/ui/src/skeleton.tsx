/** Holds the place of what is loading, in its size, so that nothing jumps when it comes. */
export function Skeleton({ className, label }: { className: string; label?: string }) {
  return (
    <div
      role={label === undefined ? undefined : 'status'}
      aria-label={label}
      aria-hidden={label === undefined || undefined}
      className={`animate-pulse rounded-xl bg-line/70 ${className}`}
    />
  )
}
