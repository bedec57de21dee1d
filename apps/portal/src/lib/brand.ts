import { contrastOf, isHexColor, textColorOn } from '@cvault/schema/colors'
import type { TenantSettings } from '@cvault/schema/settings'

/** How the portal looks: its name, its logo, and colour tokens that differ from ours. */
export interface Brand {
  name: string
  logoUrl: string | null
  tokens: Record<string, string>
}

type WhiteLabel = TenantSettings['whiteLabel']

/** Checked again: what was stored long ago, or by hand, must not break a page. */
export function brandOf(whiteLabel: WhiteLabel | null): Brand {
  const { name, logoUrl, primaryColor, accentColor } = whiteLabel ?? { name: null, logoUrl: null, primaryColor: null, accentColor: null }
  const primary = isHexColor(primaryColor) ? primaryColor : null
  const accent = isHexColor(accentColor) ? accentColor : primary
  return {
    name: name ?? 'CVault',
    logoUrl: logoUrl !== null && URL.parse(logoUrl)?.protocol === 'https:' ? logoUrl : null,
    tokens: { ...(primary !== null && railTokens(primary)), ...(accent !== null && accentTokens(accent)) },
  }
}

/** As the text of a style sheet. Values are colours of `#rrggbb` and nothing else. */
export const cssOf = (tokens: Brand['tokens']): string =>
  Object.keys(tokens).length === 0
    ? ''
    : `:root{${Object.entries(tokens)
        .map(([name, value]) => `${name}:${value}`)
        .join(';')}}`

// What the tokens stand on, in light and dark: the darkest light background and the lightest dark one.
const canvas = '#edf1ee'
const night = '#131b19'
const railInk = '#d6e7e1'

/** Links, buttons and charts: the colour, moved no further than reading takes. */
function accentTokens(color: string): Record<string, string> {
  const [light, dark] = [readable(color, canvas, '#000000', 4.6), readable(color, night, '#ffffff', 5.5)]
  const [softLight, softDark] = [mix(light, '#ffffff', 0.9), mix(dark, night, 0.86)]
  return {
    '--color-accent': lightDark(light, dark),
    '--color-accent-strong': lightDark(
      readable(mix(light, '#000000', 0.25), softLight, '#000000', 4.6),
      readable(mix(dark, '#ffffff', 0.3), softDark, '#ffffff', 4.6),
    ),
    '--color-on-accent': lightDark('#ffffff', textColorOn(dark)),
    '--color-accent-soft': lightDark(softLight, softDark),
    '--color-series-1': lightDark(light, dark),
  }
}

/** The navigation: as dark as its text needs. */
function railTokens(color: string): Record<string, string> {
  const rail = readable(mix(color, '#000000', 0.3), railInk, '#000000', 7.5)
  const dark = mix(rail, '#0a0f0e', 0.55)
  return {
    '--color-rail': lightDark(rail, dark),
    '--color-rail-active': lightDark(mix(rail, '#ffffff', 0.13), mix(dark, '#ffffff', 0.13)),
  }
}

const lightDark = (light: string, dark: string): string => `light-dark(${light},${dark})`

/** Towards black or white in small steps, until it can be told from the background. */
function readable(color: string, background: string, goal: string, contrast: number): string {
  for (let share = 0; share < 1; share += 0.04) {
    const tried = mix(color, goal, share)
    if (contrastOf(tried, background) >= contrast) return tried
  }
  return goal
}

/** The share of the second colour in the first. */
function mix(first: string, second: string, share: number): string {
  const parts = [1, 3, 5].map((at) => {
    const [from, to] = [first, second].map((color) => Number.parseInt(color.slice(at, at + 2), 16))
    return Math.round((from ?? 0) * (1 - share) + (to ?? 0) * share)
  })
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
