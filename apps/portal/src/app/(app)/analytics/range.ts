import { AnalyticsQuery } from '@cvault/schema/analytics'
import type { Bucket } from '../../../components/charts/time-labels.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { oneOf } from '../../../lib/search.ts'
import { type Preset, presets } from './presets.ts'
import { addDays, dayAt, startOfDay } from './zoned-day.ts'

const hourMs = 3_600_000
const daysOf = { '7d': 7, '30d': 30, '90d': 90 } as const
const maxHourDays = 31
const maxDays = 366

export interface AnalyticsRange {
  preset: Preset
  bucket: Bucket
  timeZone: string
  /** The days the range begins and ends with, in the zone. */
  firstDay: string
  lastDay: string
  /** What the API is asked: `to` is the first moment that is no part of it. */
  from: string
  to: string
  /** What of the URL could not be done, in words. */
  notes: string[]
}

/** The range a URL asks for; what it says wrongly is mended, and said. */
export function readRange(params: Awaited<PageProps['searchParams']>, now: number): AnalyticsRange {
  const notes: string[] = []
  const zone = oneOf(params.zone) ?? 'UTC'
  const timeZone = AnalyticsQuery.shape.timeZone.safeParse(zone).success ? zone : 'UTC'
  if (timeZone !== zone) notes.push('That time zone is not known; these are UTC.')

  const preset = presetOf(oneOf(params.range), notes)
  const today = dayAt(now, timeZone)
  const days = preset === 'custom' ? customDays(params, today, notes) : { firstDay: today, lastDay: today }
  const { from, to } = momentsOf(preset, days, timeZone, now)
  const span = (to - from) / (24 * hourMs)
  const bucket = bucketOf(oneOf(params.bucket), span, notes)
  const moments = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  return { preset, bucket, timeZone, notes, ...moments, firstDay: dayAt(from, timeZone), lastDay: dayAt(to - 1, timeZone) }
}

function presetOf(text: string | undefined, notes: string[]): Preset {
  if (text !== undefined && Object.hasOwn(presets, text)) return text as Preset
  if (text !== undefined) notes.push('That range is not known; these are 30 days.')
  return '30d'
}

/** Hours that are still to come are no part of it: a line would fall to nothing there. */
function momentsOf(preset: Preset, { firstDay, lastDay }: { firstDay: string; lastDay: string }, timeZone: string, now: number) {
  const endOfHour = Math.ceil((now + 1) / hourMs) * hourMs
  if (preset === '24h') return { from: endOfHour - 24 * hourMs, to: endOfHour }
  const from = startOfDay(preset === 'custom' ? firstDay : addDays(firstDay, 1 - daysOf[preset]), timeZone)
  const to = Math.min(endOfHour, startOfDay(addDays(lastDay, 1), timeZone))
  return { from, to: Math.max(to, from + hourMs) }
}

function customDays(params: Awaited<PageProps['searchParams']>, today: string, notes: string[]) {
  let [firstDay, lastDay] = [dayOr(addDays(today, -29), oneOf(params.from), notes), dayOr(today, oneOf(params.to), notes)]
  if (firstDay > lastDay) {
    notes.push('The first day came after the last; they are swapped.')
    ;[firstDay, lastDay] = [lastDay, firstDay]
  }
  if (addDays(lastDay, 1 - maxDays) > firstDay) {
    notes.push('A year at most: these are its last days.')
    firstDay = addDays(lastDay, 1 - maxDays)
  }
  return { firstDay, lastDay }
}

function bucketOf(text: string | undefined, days: number, notes: string[]): Bucket {
  if (text === 'hour' && days > maxHourDays + 0.1) {
    notes.push(`Hours are shown for ${maxHourDays} days at most; these are days.`)
    return 'day'
  }
  if (text === 'hour' || text === 'day' || text === 'month') return text
  const bucket = days <= 2.1 ? 'hour' : 'day'
  if (text) notes.push(`Steps are hours, days or months; these are ${bucket}s.`)
  return bucket
}

function dayOr(usual: string, text: string | undefined, notes: string[]): string {
  if (text === undefined || text === '') return usual
  if (/^20\d\d-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text) return text
  notes.push(`There is no day ${text.slice(0, 20)}.`)
  return usual
}

/** Of the range, for the CSV and the other queries that cover the same time. */
export const queryOf = ({ from, to, bucket, timeZone }: AnalyticsRange) => ({ from, to, bucket, timeZone })
