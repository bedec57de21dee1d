import { Navigate, Outlet, useLocation } from 'react-router'
import { useAppState } from '../session/app-state.tsx'

export function RequireConfig() {
  const { cvault } = useAppState()
  return cvault === null ? <Navigate to="/configure" replace /> : <Outlet />
}

/** Sends to the sign-in page, which comes back here; not after signing out on purpose, when the next user may be another. */
export function RequireUser() {
  const { user, signedOutReason } = useAppState()
  const { pathname, search } = useLocation()
  if (user !== null) return <Outlet />
  const from = signedOutReason === 'logout' ? undefined : pathname + search
  return <Navigate to="/sign-in" replace state={{ from }} />
}
