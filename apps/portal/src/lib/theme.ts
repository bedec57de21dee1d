export type Theme = 'system' | 'light' | 'dark'

export const themeCookieName = 'cvault-theme'

export const parseTheme = (text: string | undefined): Theme => (text === 'light' || text === 'dark' ? text : 'system')
