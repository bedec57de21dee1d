import { buttonClass } from '@cvault/ui/button-class'
import { Link } from './link.tsx'
import { AuthCard } from './auth-card.tsx'

/** For a link that lacks what it should carry. */
export function DeadLink({ href, label }: { href: string; label: string }) {
  return (
    <AuthCard
      title="This link is not complete"
      intro="Part of it was lost on the way. Copy the whole link from the mail into the address bar."
    >
      <Link className={buttonClass('primary')} href={href}>
        {label}
      </Link>
    </AuthCard>
  )
}
