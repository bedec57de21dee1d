import { Skeleton } from '@cvault/ui/skeleton'
import { Page } from '../../../components/page.tsx'

export default function AnalyticsLoading() {
  return (
    <Page title="Analytics" intro="How your VPN was used: when, where, and by how many.">
      <Skeleton label="Loading" className="h-18 max-w-3xl" />
      <Skeleton className="h-6 max-w-md" />
      <Skeleton className="h-112" />
      <Skeleton className="h-104" />
      <Skeleton className="h-104" />
    </Page>
  )
}
