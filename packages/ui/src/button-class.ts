export type ButtonVariant = 'primary' | 'secondary' | 'danger' | 'quiet'

const look: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong border-transparent',
  secondary: 'bg-surface text-ink border-edge hover:bg-sunken',
  danger: 'bg-danger text-on-danger border-transparent hover:opacity-90',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-sunken',
}

export function buttonClass(variant: ButtonVariant, className = ''): string {
  return `inline-flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-lg border px-4 py-2 text-center text-[0.9375rem] leading-tight font-semibold transition-colors disabled:cursor-not-allowed disabled:opacity-60 ${look[variant]} ${className}`
}
