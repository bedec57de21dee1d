import { useMutation } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import { Button } from '@cvault/ui/button'
import { useCVault } from '../session/app-state.tsx'

export function SignOutButton() {
  const cvault = useCVault()
  // Signs out here whatever the API answers; the event does the rest.
  const signOut = useMutation({ mutationFn: () => cvault.auth.logout() })
  return (
    <Button
      variant="quiet"
      aria-label="Sign out"
      className="max-sm:px-0!"
      busy={signOut.isPending}
      icon={<LogOut aria-hidden size={18} />}
      onClick={() => signOut.mutate()}
    >
      <span className="hidden sm:inline">Sign out</span>
    </Button>
  )
}
