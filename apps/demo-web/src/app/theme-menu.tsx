import { Menu } from '@base-ui/react/menu'
import { Check, Monitor, Moon, Sun, SunMoon } from 'lucide-react'
import { useState } from 'react'
import { buttonClass } from '@cvault/ui/button-class'
import { localStorageOrNull } from '../config/local-storage.ts'

const themes = [
  { value: 'system', label: 'System', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
] as const
type Theme = (typeof themes)[number]['value']

// public/theme.js reads it before the first paint.
const storageKey = 'cvault-demo.theme'

function currentTheme(): Theme {
  const { theme } = document.documentElement.dataset
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

function applyTheme(theme: Theme): void {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme
    localStorageOrNull()?.removeItem(storageKey)
  } else {
    document.documentElement.dataset.theme = theme
    localStorageOrNull()?.setItem(storageKey, theme)
  }
}

export function ThemeMenu() {
  const [theme, setTheme] = useState(currentTheme)
  const Icon = theme === 'light' ? Sun : theme === 'dark' ? Moon : SunMoon
  return (
    <Menu.Root>
      <Menu.Trigger aria-label="Theme" className={buttonClass('quiet', 'px-0!')}>
        <Icon aria-hidden size={20} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="z-50 outline-none">
          <Menu.Popup className="rounded-xl border border-line bg-surface p-1.5 text-ink shadow-xl outline-none">
            <Menu.RadioGroup
              value={theme}
              onValueChange={(value: Theme) => {
                applyTheme(value)
                setTheme(value)
              }}
            >
              {themes.map(({ value, label, icon: ItemIcon }) => (
                <Menu.RadioItem
                  key={value}
                  value={value}
                  closeOnClick
                  className="flex min-h-11 w-44 items-center gap-3 rounded-lg px-3 outline-none data-highlighted:bg-accent-soft"
                >
                  <ItemIcon aria-hidden size={18} />
                  <span className="flex-1">{label}</span>
                  <Menu.RadioItemIndicator>
                    <Check aria-hidden size={18} />
                  </Menu.RadioItemIndicator>
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
