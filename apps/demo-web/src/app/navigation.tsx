import { ChartColumn, Info, MonitorSmartphone, Power, ScrollText, Server, Settings2 } from 'lucide-react'
import { NavLink } from 'react-router'

const places = [
  { to: '/devices', label: 'Devices', icon: MonitorSmartphone },
  { to: '/connect', label: 'Connect', icon: Power },
  { to: '/servers', label: 'Servers', icon: Server },
  { to: '/usage', label: 'Usage', icon: ChartColumn },
  { to: '/log', label: 'Log', icon: ScrollText },
  // On phones these two stand in the footer.
  { to: '/configure', label: 'Configure', icon: Settings2, isWideOnly: true },
  { to: '/about', label: 'About', icon: Info, isWideOnly: true },
]

export function Navigation() {
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-40 bg-rail pb-[env(safe-area-inset-bottom)] text-rail-ink lg:inset-y-0 lg:right-auto lg:w-60 lg:overflow-y-auto lg:px-3 lg:py-5"
    >
      <p className="mb-6 hidden items-center gap-3 px-3 text-lg font-bold text-white lg:flex">
        <img src="/icon.svg" alt="" width={32} height={32} />
        CVault Demo
      </p>
      <ul className="mx-auto flex max-w-xl justify-around lg:block lg:space-y-1">
        {places.map(({ to, label, icon: Icon, isWideOnly = false }) => (
          <li key={to} className={isWideOnly ? 'hidden lg:block' : 'flex-1'}>
            <NavLink
              to={to}
              className="group flex min-h-14 flex-col items-center justify-center gap-0.5 rounded-lg text-xs font-medium hover:text-white focus-visible:-outline-offset-3 focus-visible:outline-white aria-[current=page]:text-white lg:min-h-11 lg:flex-row lg:justify-start lg:gap-3 lg:px-3 lg:text-[0.9375rem] lg:hover:bg-rail-active/60 lg:aria-[current=page]:bg-rail-active"
            >
              <span className="rounded-full px-4 py-0.5 group-aria-[current=page]:bg-rail-active lg:p-0 lg:group-aria-[current=page]:bg-transparent">
                <Icon aria-hidden size={20} />
              </span>
              {label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  )
}
