import type { Server } from '@cvault/sdk-js'
import { useServers } from '../session/queries.ts'
import { SelectField } from '@cvault/ui/select-field'

interface RegionSelectProps {
  label: string
  /** '' is no region. */
  value: string
  /** What no region is called. */
  none: string
  onChange: (region: string) => void
  disabled?: boolean
}

export function RegionSelect({ label, value, none, onChange, disabled }: RegionSelectProps) {
  const { data: servers = [] } = useServers()
  return (
    <SelectField label={label} value={value} disabled={disabled} onChange={(event) => onChange(event.target.value)}>
      <option value="">{none}</option>
      {regionsOf(servers).map(({ region, load, isAvailable }) => (
        <option key={region} value={region}>
          {region} ({isAvailable ? `${Math.round(load)} % full` : 'not available now'})
        </option>
      ))}
    </SelectField>
  )
}

/** Each region once, with the load of its emptiest server that takes devices. */
export function regionsOf(servers: Server[]): { region: string; load: number; isAvailable: boolean }[] {
  return [...Map.groupBy(servers, ({ region }) => region)].map(([region, all]) => {
    const open = all.filter(({ available }) => available)
    return { region, load: Math.min(...(open.length > 0 ? open : all).map(({ load }) => load)), isAvailable: open.length > 0 }
  })
}
