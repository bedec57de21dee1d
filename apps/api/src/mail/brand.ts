import { isHexColor, textColorOn } from '@cvault/schema/colors'

/** How a mail looks: the tenant's, where what it configured can be used. */
export type Brand = { name: string; logoUrl: string | null; primaryColor: string; onPrimaryColor: string }

const ours = { name: 'CVault', primaryColor: '#1d4ed8' }

/** Every value is checked again: what was stored long ago must not break a mail, nor what an operator wrote by hand. */
export function brandOf(whitelabelConfig: unknown): Brand {
  const config: Record<string, unknown> = typeof whitelabelConfig === 'object' && whitelabelConfig !== null ? { ...whitelabelConfig } : {}
  const primaryColor = isHexColor(config.primaryColor) ? config.primaryColor : ours.primaryColor
  return {
    name: typeof config.name === 'string' && config.name.trim() !== '' ? config.name.slice(0, 100) : ours.name,
    logoUrl: isHttpsUrl(config.logoUrl) ? config.logoUrl : null,
    primaryColor,
    onPrimaryColor: textColorOn(primaryColor),
  }
}

const isHttpsUrl = (value: unknown): value is string => typeof value === 'string' && URL.parse(value)?.protocol === 'https:'
