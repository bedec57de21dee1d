import type { Member } from '@cvault/schema/members'
import { DayFilter, FilterForm, SelectFilter } from '../../../components/filter-form.tsx'
import { SearchFilter } from '../../../components/search-filter.tsx'
import { areas } from './areas.ts'
import type { readAuditQuery } from './audit-query.ts'

interface AuditFiltersProps {
  query: ReturnType<typeof readAuditQuery>['query']
  members: Member[]
}

export function AuditFilters({ query, members }: AuditFiltersProps) {
  const { action, actorId, targetId, result, from, to } = query
  const isOfMember = members.some(({ id }) => id === actorId)
  return (
    <FilterForm
      path="/audit"
      label="Find entries"
      query={query}
      isMoreOpen={Boolean(result ?? from ?? to)}
      more={
        <>
          <DayFilter name="from" label="From (UTC)" day={from} />
          <DayFilter name="to" label="Until (UTC)" day={to} />
          <SelectFilter name="result" label="Result" defaultValue={result ?? ''}>
            <option value="">Any</option>
            <option value="success">Success</option>
            <option value="denied">Denied</option>
            <option value="failed">Failed</option>
          </SelectFilter>
        </>
      }
    >
      <SelectFilter name="action" label="What" defaultValue={action ?? ''}>
        <option value="">Anything</option>
        {areas.map(([prefix, label]) => (
          <option key={prefix} value={prefix}>
            {label}
          </option>
        ))}
        {action !== undefined && !areas.some(([prefix]) => prefix === action) && <option value={action}>{action}</option>}
      </SelectFilter>
      <SelectFilter name="actorId" label="By" defaultValue={actorId ?? ''}>
        <option value="">Anybody</option>
        {members.map(({ id, email }) => (
          <option key={id} value={id}>
            {email}
          </option>
        ))}
        <option value="operator">CVault support</option>
        {actorId !== undefined && !isOfMember && actorId !== 'operator' && <option value={actorId}>{actorId}</option>}
      </SelectFilter>
      <SearchFilter name="targetId" label="About" placeholder="Id of a user, device, key …" defaultValue={targetId} />
    </FilterForm>
  )
}
