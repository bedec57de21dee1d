import { buttonClass, type ButtonVariant } from '@cvault/ui/button-class'
import { Link, type LinkProps } from 'react-router'

export function ButtonLink({ variant = 'secondary', className, ...rest }: LinkProps & { variant?: ButtonVariant; className?: string }) {
  return <Link className={buttonClass(variant, className)} {...rest} />
}
