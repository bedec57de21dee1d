import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { Link, type LinkProps } from 'react-router'

type Variant = 'primary' | 'secondary' | 'danger' | 'quiet'

const look: Record<Variant, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong border-transparent',
  secondary: 'bg-surface text-ink border-edge hover:bg-sunken',
  danger: 'bg-danger text-on-danger border-transparent hover:brightness-90',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-sunken',
}

export function buttonClass(variant: Variant, className = ''): string {
  return `inline-flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-lg border px-4 py-2 text-center text-[0.9375rem] leading-tight font-semibold transition-colors disabled:cursor-not-allowed disabled:opacity-60 ${look[variant]} ${className}`
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: Variant
  /** Work is under way: the button keeps its place and takes no second press. */
  busy?: boolean
  icon?: ReactNode
}

export function Button({ variant = 'secondary', busy = false, icon, className, children, disabled, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={buttonClass(variant, className)}
      disabled={disabled}
      aria-busy={busy}
      // Not `disabled` while busy: a button that is disabled under the finger loses the focus.
      aria-disabled={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
      {...rest}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  )
}

function Spinner() {
  return <span aria-hidden className="size-4 shrink-0 animate-spin rounded-full border-2 border-current border-t-transparent" />
}

export function ButtonLink({ variant = 'secondary', className, ...rest }: LinkProps & { variant?: Variant; className?: string }) {
  return <Link className={buttonClass(variant, className)} {...rest} />
}
