import { Skeleton } from '@cvault/ui/skeleton'
import { Page } from './page.tsx'

/** In the place and size of a list with filters. */
export function ListLoading({ title, intro }: { title: string; intro?: string }) {
  return (
    <Page title={title} intro={intro}>
      <Skeleton label={`Loading ${title.toLowerCase()}`} className="h-[4.5rem] max-w-3xl" />
      <Skeleton className="h-5 w-40" />
      <Skeleton className="h-[32rem]" />
    </Page>
  )
}
