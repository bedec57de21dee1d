'use client'

interface MeterBarProps {
  label: string
  /** 0 to 100 and more: the bar ends at 100, the words beside it do not. */
  percent: number
  /** What is said instead of the percentage. */
  text: string
  /** Whether much is a matter of concern: a limit, and not progress. */
  isLimit?: boolean
}

/** A bar for a share of something. Its width is an attribute, since servers may send no styles. */
export function MeterBar({ label, percent, text, isLimit = false }: MeterBarProps) {
  const look = !isLimit || percent < 80 ? 'fill-accent' : percent < 100 ? 'fill-warn' : 'fill-danger'
  return (
    <svg
      role={isLimit ? 'meter' : 'progressbar'}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.min(100, Math.round(percent))}
      aria-valuetext={text}
      width="100%"
      height={8}
      className="block rounded-full bg-line"
    >
      <rect width={`${Math.max(0, Math.min(100, percent))}%`} height={8} rx={4} className={look} />
    </svg>
  )
}
