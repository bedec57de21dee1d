'use client'

import { Link } from '../../../components/link.tsx'
import { usePathname } from 'next/navigation'

const sections = [
  { href: '/settings/profile', label: 'Profile' },
  { href: '/settings/notifications', label: 'Notifications' },
  { href: '/settings/branding', label: 'Branding' },
  { href: '/settings/network', label: 'Network' },
  { href: '/settings/keys', label: 'Key policy' },
  { href: '/settings/limits', label: 'Limits' },
]

/** Beside the settings on wide screens, in a row above them on narrow ones. */
export function SectionsNav() {
  const pathname = usePathname()
  return (
    <nav aria-label="Settings" className="min-w-0">
      <ul className="flex flex-wrap gap-1 xl:flex-col">
        {sections.map(({ href, label }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={pathname === href ? 'page' : undefined}
              className="flex min-h-11 items-center rounded-lg px-3 font-medium text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent-strong"
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
