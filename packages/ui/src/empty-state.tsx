import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

interface EmptyStateProps {
  icon: LucideIcon
  title: string
  action?: ReactNode
  children: ReactNode
}

export function EmptyState({ icon: Icon, title, action, children }: EmptyStateProps) {
  return (
    <div className="card grid justify-items-center gap-3 px-6 py-12 text-center">
      <span className="grid size-14 place-items-center rounded-full bg-accent-soft text-accent-strong">
        <Icon aria-hidden size={26} />
      </span>
      <h2 className="text-lg font-bold">{title}</h2>
      <p className="max-w-sm text-muted">{children}</p>
      {action !== undefined && <div className="mt-2">{action}</div>}
    </div>
  )
}
