import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

type Tone = 'info' | 'warning' | 'danger'

const look: Record<Tone, string> = {
  info: 'border-accent/40 bg-accent-soft text-accent-strong',
  warning: 'border-warn/40 bg-warn-soft text-warn',
  danger: 'border-danger/40 bg-danger-soft text-danger',
}
const icons = { info: Info, warning: TriangleAlert, danger: CircleAlert }

interface NoticeProps {
  tone: Tone
  title?: string
  role?: 'alert' | 'status' | 'note'
  children?: ReactNode
}

export function Notice({ tone, title, role, children }: NoticeProps) {
  const Icon = icons[tone]
  return (
    <div role={role} className={`flex gap-3 rounded-xl border p-4 ${look[tone]}`}>
      <Icon aria-hidden size={20} className="mt-0.5 shrink-0" />
      <div className="min-w-0 flex-1 wrap-anywhere">
        {title !== undefined && <p className="font-semibold">{title}</p>}
        <div className="text-[0.9375rem] text-ink">{children}</div>
      </div>
    </div>
  )
}
