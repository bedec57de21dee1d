/** How full a server is: the number and a bar; the colour only repeats it. */
export function LoadBar({ percent, label }: { percent: number; label: string }) {
  const value = Math.round(Math.min(100, Math.max(0, percent)))
  const colour = value >= 90 ? 'bg-danger' : value >= 70 ? 'bg-warn' : 'bg-accent'
  return (
    <div className="flex items-center gap-3">
      <div
        role="meter"
        aria-label={label}
        aria-valuenow={value}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-2 flex-1 overflow-hidden rounded-full bg-line"
      >
        <div className={`h-full rounded-full ${colour}`} style={{ width: `${value}%` }} />
      </div>
      <span className="tabular w-11 text-right text-sm">{value} %</span>
    </div>
  )
}
