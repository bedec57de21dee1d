import { Skeleton } from '@cvault/ui/skeleton'

export default function SettingsLoading() {
  return <Skeleton label="Loading settings" className="h-[28rem]" />
}
