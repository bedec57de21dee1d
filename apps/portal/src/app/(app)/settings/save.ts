import 'server-only'
import type { TenantSettings } from '@cvault/schema/settings'
import { refresh } from 'next/cache'
import { z } from 'zod'
import { type FormAction, formAction } from '../../../lib/action.ts'
import { api, readTagged } from '../../../lib/api.ts'
import { saveCompared } from '../../../lib/save-compared.ts'
import { changesOf, conflictsOf, type Values } from './changes.ts'

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** What the page showed, which goes along with its form. */
const Was = z
  .string()
  .transform((text, ctx) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      ctx.addIssue('is not what the page sent')
      return z.NEVER
    }
  })
  .pipe(z.record(z.string(), Value))

/** Save one page of settings: what was changed on it, unless somebody else changed the same meanwhile. */
export function settingsAction(fields: z.ZodObject, part?: 'whiteLabel' | 'notifications' | 'keyPolicy' | 'network'): FormAction {
  return formAction(z.object({ was: Was, ...fields.shape }), async ({ was, ...fields }) => {
    const wanted = z.record(z.string(), Value).parse(fields)
    const changes = changesOf(was, wanted)
    if (Object.keys(changes).length === 0) return { status: 'done' }
    const body = part === undefined ? changes : { [part]: changes }
    let theirs: Values = {}
    const conflicts = await saveCompared({
      read: () => readTagged<TenantSettings>('/settings'),
      compare: (now) => {
        theirs = (part === undefined ? now : now[part]) as unknown as Values
        return conflictsOf(was, changes, theirs)
      },
      write: (headers) => api('PATCH', '/settings', { body, headers }),
    })
    refresh()
    if (Object.keys(conflicts).length > 0)
      return {
        status: 'failed',
        message: 'Somebody else saved these settings while you changed them. Save again to put yours in their place.',
        fieldErrors: Object.fromEntries(Object.entries(conflicts).map(([name, value]) => [name, `is now ${shown(value)}`])),
        // What was not changed here is shown as they left it, else saving again would undo it.
        values: Object.fromEntries(Object.keys(wanted).map((name) => [name, String({ ...theirs, ...changes }[name] ?? '')])),
      }
    return { status: 'done' }
  })
}

const shown = (value: Values[string] | undefined): string =>
  value === null || value === undefined ? 'empty' : typeof value === 'boolean' ? (value ? 'on' : 'off') : `“${value}”`
