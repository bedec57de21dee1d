import { Skeleton } from '@cvault/ui/skeleton'

/** For pages that say nothing more exact. */
export default function AppLoading() {
  return (
    <div className="grid gap-6">
      <Skeleton label="Loading" className="h-[4.5rem] max-w-md" />
      <Skeleton className="h-64" />
      <Skeleton className="h-64" />
    </div>
  )
}
