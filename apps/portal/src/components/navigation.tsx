'use client'

import { buttonClass } from '@cvault/ui/button-class'
import {
  BookOpen,
  Cable,
  ChartColumn,
  CircleUser,
  KeyRound,
  LayoutDashboard,
  LifeBuoy,
  ListChecks,
  type LucideIcon,
  Menu as MenuIcon,
  MonitorSmartphone,
  ScrollText,
  Settings,
  ShieldCheck,
  Users,
  X,
} from 'lucide-react'
import { Link } from './link.tsx'
import { usePathname } from 'next/navigation'
import { type SyntheticEvent, useEffect, useRef, useState } from 'react'
import type { Brand } from '../lib/brand.ts'
import { BrandMark } from './brand-mark.tsx'

const places: { href: string; label: string; icon: LucideIcon; permission?: string }[] = [
  { href: '/dashboard', label: 'Dashboard', icon: LayoutDashboard },
  { href: '/onboarding', label: 'Get started', icon: ListChecks },
  { href: '/analytics', label: 'Analytics', icon: ChartColumn, permission: 'dashboard:read' },
  { href: '/users', label: 'Users', icon: Users, permission: 'users:read' },
  { href: '/devices', label: 'Devices', icon: MonitorSmartphone, permission: 'devices:read' },
  { href: '/sessions', label: 'Sessions', icon: Cable, permission: 'sessions:read' },
  { href: '/api-keys', label: 'API keys', icon: KeyRound, permission: 'api-keys:read' },
  { href: '/members', label: 'Members', icon: ShieldCheck, permission: 'members:read' },
  { href: '/audit', label: 'Audit log', icon: ScrollText, permission: 'audit:read' },
  { href: '/settings/profile', label: 'Settings', icon: Settings, permission: 'settings:read' },
  { href: '/docs', label: 'Docs', icon: BookOpen },
  { href: '/support', label: 'Support', icon: LifeBuoy },
  { href: '/account', label: 'Your account', icon: CircleUser },
]

const areaOf = (path: string): string | undefined => path.split('/')[1]

function Places({ permissions, onFollow }: { permissions: string[]; onFollow?: () => void }) {
  const pathname = usePathname()
  return (
    <ul className="space-y-1">
      {places
        .filter(({ permission }) => permission === undefined || permissions.includes(permission))
        .map(({ href, label, icon: Icon }) => (
          <li key={href}>
            <Link
              href={href}
              onClick={onFollow}
              aria-current={areaOf(pathname) === areaOf(href) ? 'page' : undefined}
              className="flex min-h-11 items-center gap-3 rounded-lg px-3 text-[0.9375rem] font-medium text-rail-ink hover:bg-rail-active/60 hover:text-white focus-visible:-outline-offset-3 focus-visible:outline-white aria-[current=page]:bg-rail-active aria-[current=page]:text-white"
            >
              <Icon aria-hidden size={20} />
              {label}
            </Link>
          </li>
        ))}
    </ul>
  )
}

interface NavigationProps {
  permissions: string[]
  brand: Pick<Brand, 'name' | 'logoUrl'>
}

/** At the side on wide screens. */
export function SideNavigation({ permissions, brand }: NavigationProps) {
  return (
    <nav aria-label="Main" className="fixed inset-y-0 left-0 z-40 hidden w-60 overflow-y-auto bg-rail px-3 py-5 lg:block">
      <Link href="/dashboard" className="mb-6 flex min-h-11 items-center gap-3 rounded-lg px-3 text-lg font-bold text-white">
        <BrandMark {...brand} />
      </Link>
      <Places permissions={permissions} />
    </nav>
  )
}

/** Behind a button on narrow ones, in the platform's own dialog: it keeps the focus and gives it back, and costs no library. */
export function DrawerNavigation({ permissions, brand }: NavigationProps) {
  const [isOpen, setOpen] = useState(false)
  const drawer = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen) drawer.current?.showModal()
  }, [isOpen])
  const close = () => drawer.current?.close()
  const closeBeside = ({ target, currentTarget }: SyntheticEvent) => target === currentTarget && close()
  return (
    <>
      <button
        type="button"
        aria-label="Menu"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
        className={buttonClass('quiet', 'px-0! lg:hidden')}
      >
        <MenuIcon aria-hidden size={22} />
      </button>
      {isOpen && (
        <dialog
          ref={drawer}
          aria-labelledby="drawer-name"
          onClick={closeBeside}
          onClose={() => setOpen(false)}
          className="fixed inset-y-0 left-0 m-0 h-dvh max-h-none w-72 max-w-[85vw] overflow-y-auto overscroll-contain bg-rail outline-none backdrop:bg-black/55 lg:hidden"
        >
          <div className="min-h-full px-3 py-5">
            <div className="mb-4 flex items-center justify-between pl-3">
              <h2 id="drawer-name" className="flex min-w-0 items-center gap-3 text-lg font-bold text-white">
                <BrandMark {...brand} />
              </h2>
              <button
                type="button"
                aria-label="Close menu"
                onClick={close}
                className={buttonClass('quiet', 'px-0! text-white! hover:bg-rail-active! focus-visible:outline-white')}
              >
                <X aria-hidden size={20} />
              </button>
            </div>
            <nav aria-label="Main">
              <Places permissions={permissions} onFollow={close} />
            </nav>
          </div>
        </dialog>
      )}
    </>
  )
}
