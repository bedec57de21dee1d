import { DetailsLoading } from '../../../../components/details-loading.tsx'

export default function UserLoading() {
  return <DetailsLoading label="Loading the user" />
}
