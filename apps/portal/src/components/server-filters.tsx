import type { ServerChoice } from '../lib/servers.ts'
import { SelectFilter } from './filter-form.tsx'

interface RegionFilterProps {
  servers: ServerChoice[]
  region: string | undefined
}

/** What the URL names is among the choices, also when no server is there any more. */
export function RegionFilter({ servers, region }: RegionFilterProps) {
  const regions = [...new Set([...servers.map((server) => server.region), ...(region === undefined ? [] : [region])])].toSorted()
  return (
    <SelectFilter name="region" label="Region" defaultValue={region ?? ''}>
      <option value="">Any</option>
      {regions.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </SelectFilter>
  )
}

export function ServerFilter({ servers, serverId }: { servers: ServerChoice[]; serverId: string | undefined }) {
  const isUnknown = serverId !== undefined && !servers.some(({ id }) => id === serverId)
  return (
    <SelectFilter name="serverId" label="Server" defaultValue={serverId ?? ''}>
      <option value="">Any</option>
      {isUnknown && <option value={serverId}>{serverId}</option>}
      {servers.map(({ id, name, region }) => (
        <option key={id} value={id}>
          {name} ({region})
        </option>
      ))}
    </SelectFilter>
  )
}
