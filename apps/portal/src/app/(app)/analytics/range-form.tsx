'use client'

import { buttonClass } from '@cvault/ui/button-class'
import { SelectField } from '@cvault/ui/select-field'
import { TextField } from '@cvault/ui/text-field'
import { useSyncExternalStore } from 'react'
import { presets } from './presets.ts'
import type { AnalyticsRange } from './range.ts'

const subscribe = () => () => {}

/** Which time is looked at: a GET form, so that a view is a link. The two days are there when they are asked for. */
export function RangeForm({ range }: { range: AnalyticsRange }) {
  const { preset, bucket, timeZone, firstDay, lastDay } = range
  const ownZone = useSyncExternalStore(
    subscribe,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => timeZone,
  )
  const zones = [...new Set(['UTC', ownZone, timeZone])]
  // Selects and dates take no new default: after going back, the form is one of its own.
  return (
    <form
      key={[preset, bucket, timeZone, firstDay, lastDay].join(' ')}
      action="/analytics"
      aria-label="Time range"
      className="group grid grid-cols-1 items-end gap-3 sm:grid-cols-2 lg:flex lg:flex-wrap"
    >
      <SelectField name="range" label="Time" defaultValue={preset}>
        {Object.entries(presets).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <div className="hidden grid-cols-1 gap-3 group-has-[option[value=custom]:checked]:grid sm:grid-cols-2 sm:col-span-full lg:max-w-sm [&>*]:min-w-0">
        <TextField type="date" name="from" label="From" defaultValue={firstDay} />
        <TextField type="date" name="to" label="To" defaultValue={lastDay} />
      </div>
      <SelectField name="bucket" label="In steps of" defaultValue={bucket}>
        <option value="hour">an hour</option>
        <option value="day">a day</option>
        <option value="month">a month</option>
      </SelectField>
      <SelectField name="zone" label="Time zone" defaultValue={timeZone}>
        {zones.map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </SelectField>
      <button type="submit" className={buttonClass('primary')}>
        Show
      </button>
    </form>
  )
}
