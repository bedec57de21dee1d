import { ListLoading } from '../../../components/list-loading.tsx'
import { intro } from './intro.ts'

export default function DevicesLoading() {
  return <ListLoading title="Devices" intro={intro} />
}
