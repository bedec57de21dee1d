'use client'

import { usePathname } from 'next/navigation'
import { Link } from './link.tsx'

/** From sign-up to sign-in, from everywhere else to sign-up. */
export function OtherWayIn({ className }: { className: string }) {
  const isSignUp = usePathname() === '/signup'
  return (
    <Link className={className} href={isSignUp ? '/login' : '/signup'}>
      {isSignUp ? 'Log in' : 'Create an account'}
    </Link>
  )
}
