import { Skeleton } from '@cvault/ui/skeleton'
import { Page } from '../../../components/page.tsx'
import { intro } from './intro.ts'

export default function ApiKeysLoading() {
  return (
    <Page title="API keys" intro={intro} action={<Skeleton className="h-11 w-28" />}>
      <Skeleton label="Loading API keys" className="h-72" />
      <Skeleton className="h-72" />
    </Page>
  )
}
