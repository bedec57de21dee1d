import { Skeleton } from '@cvault/ui/skeleton'

/** In the place and size of a page about one thing. */
export function DetailsLoading({ label }: { label: string }) {
  return (
    <div className="grid gap-6">
      <Skeleton label={label} className="h-[4.5rem] max-w-md" />
      <Skeleton className="h-56" />
      <Skeleton className="h-36" />
      <Skeleton className="h-64" />
    </div>
  )
}
