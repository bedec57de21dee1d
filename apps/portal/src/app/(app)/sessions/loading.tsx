import { ListLoading } from '../../../components/list-loading.tsx'
import { intro } from './intro.ts'

export default function SessionsLoading() {
  return <ListLoading title="Sessions" intro={intro} />
}
