import { Skeleton } from '@cvault/ui/skeleton'
import { Page } from '../../../components/page.tsx'

export default function OnboardingLoading() {
  return (
    <Page title="Get started" intro="From a key to the first connected device. It takes minutes.">
      <div className="grid grid-cols-1 items-start gap-6 xl:grid-cols-[22rem_minmax(0,1fr)]">
        <Skeleton label="Loading" className="h-136" />
        <div className="grid gap-6">
          <Skeleton className="h-52" />
          <Skeleton className="h-136" />
        </div>
      </div>
    </Page>
  )
}
