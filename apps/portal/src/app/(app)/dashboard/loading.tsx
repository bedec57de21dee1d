import { Skeleton } from '@cvault/ui/skeleton'
import { Page } from '../../../components/page.tsx'

// The same words as in the end, nearly: what is read first is there from the start, and nothing moves.
export default function DashboardLoading() {
  return (
    <Page title="Dashboard" intro="The numbers so far, beside last month at the same point. Months and days are UTC.">
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-2 xl:grid-cols-3">
        <Skeleton label="Loading" className="h-34" />
        {Array.from({ length: 5 }, (_, index) => (
          <Skeleton key={index} className="h-34" />
        ))}
      </div>
      <div className="grid grid-cols-1 gap-6 xl:grid-cols-2">
        <Skeleton className="h-112" />
        <Skeleton className="h-112" />
      </div>
    </Page>
  )
}
