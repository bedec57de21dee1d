import { DetailsLoading } from '../../../../components/details-loading.tsx'

export default function DeviceLoading() {
  return <DetailsLoading label="Loading the device" />
}
