'use client'

import { buttonClass } from '@cvault/ui/button-class'
import { Check, Monitor, Moon, Sun, SunMoon } from 'lucide-react'
import { type FocusEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { themeCookieName, type Theme } from '../lib/theme.ts'

const themes = [
  { value: 'system', label: 'System', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
] as const

// A cookie, so that the server sends the page in its colours and nothing flashes.
function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme
  document.cookie = `${themeCookieName}=${theme}; path=/; max-age=31536000; samesite=lax`
}

/** Three buttons that the platform's own disclosure holds: every page has them, so they bring no library along. */
export function ThemeMenu({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial)
  const [isOpen, setOpen] = useState(false)
  const menu = useRef<HTMLDetailsElement>(null)
  const Icon = theme === 'light' ? Sun : theme === 'dark' ? Moon : SunMoon

  useEffect(() => {
    if (!isOpen) return
    const closeOutside = ({ target }: PointerEvent) => {
      if (target instanceof Node && !menu.current?.contains(target)) setOpen(false)
    }
    document.addEventListener('pointerdown', closeOutside)
    return () => document.removeEventListener('pointerdown', closeOutside)
  }, [isOpen])

  const close = () => {
    setOpen(false)
    menu.current?.querySelector('summary')?.focus()
  }
  const choose = (value: Theme) => {
    applyTheme(value)
    setTheme(value)
    close()
  }
  return (
    <details
      ref={menu}
      className="relative"
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      onKeyDown={({ key }: KeyboardEvent) => key === 'Escape' && isOpen && close()}
      onBlur={({ relatedTarget, currentTarget }: FocusEvent) => relatedTarget && !currentTarget.contains(relatedTarget) && setOpen(false)}
    >
      <summary aria-label="Theme" className={buttonClass('quiet', 'list-none px-0! [&::-webkit-details-marker]:hidden')}>
        <Icon aria-hidden size={20} />
      </summary>
      <ul className="absolute top-full right-0 z-50 mt-1.5 rounded-xl border border-line bg-surface p-1.5 text-ink shadow-xl">
        {themes.map(({ value, label, icon: ItemIcon }) => (
          <li key={value}>
            <button
              type="button"
              aria-pressed={theme === value}
              onClick={() => choose(value)}
              className="flex min-h-11 w-44 items-center gap-3 rounded-lg px-3 text-left hover:bg-accent-soft focus-visible:-outline-offset-3"
            >
              <ItemIcon aria-hidden size={18} />
              <span className="flex-1">{label}</span>
              {theme === value && <Check aria-hidden size={18} />}
            </button>
          </li>
        ))}
      </ul>
    </details>
  )
}
