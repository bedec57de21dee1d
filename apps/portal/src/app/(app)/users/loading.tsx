import { ListLoading } from '../../../components/list-loading.tsx'
import { intro } from './intro.ts'

export default function UsersLoading() {
  return <ListLoading title="Users" intro={intro} />
}
