import { ListLoading } from '../../../components/list-loading.tsx'
import { intro } from './intro.ts'

export default function AuditLoading() {
  return <ListLoading title="Audit log" intro={intro} />
}
