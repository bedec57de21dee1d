import type { ReactNode } from 'react'

/** The card of a page before sign-in: one heading, one thing to do. */
export function AuthCard({ title, intro, children }: { title: string; intro?: ReactNode; children: ReactNode }) {
  return (
    <div className="card grid gap-5 p-6 sm:p-8">
      <div>
        <h1 className="text-2xl font-bold tracking-tight">{title}</h1>
        {intro !== undefined && <div className="mt-2 text-muted">{intro}</div>}
      </div>
      {children}
    </div>
  )
}
