import { buttonClass } from '@cvault/ui/button-class'
import { Link } from './link.tsx'

/** Says of whom a list is when it is not of everybody, and leads back to all. */
export function OnlyOf({ name, allHref }: { name: string; allHref: string }) {
  return (
    <p className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 rounded-xl bg-accent-soft py-1 pr-1 pl-4 text-accent-strong">
      <span className="min-w-0 wrap-anywhere">
        Only of <strong>{name}</strong>
      </span>
      <Link className={buttonClass('quiet')} href={allHref}>
        Show everybody’s
      </Link>
    </p>
  )
}
