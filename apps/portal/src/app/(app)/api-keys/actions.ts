'use server'

import { IdParams, Name } from '@cvault/schema/common'
import { type ApiKeyCreated, RotateApiKey } from '@cvault/schema/tenants'
import { refresh } from 'next/cache'
import { z } from 'zod'
import { formAction } from '../../../lib/action.ts'
import { api } from '../../../lib/api.ts'
import { Checked } from '../../../lib/checked.ts'
import type { FormState } from '../../../lib/form-state.ts'
import { longest } from './choices.ts'

const Days = z.coerce.number().int().min(1).max(3_650)
const NewKey = z.object({ name: Name(100), days: Days.optional(), requireSecret: Checked })

export const createKey = formAction(NewKey, async ({ name, days, requireSecret }) => {
  const expiresAt = days === undefined ? {} : { expiresAt: afterDays(days) }
  return shownOnce(await api<ApiKeyCreated>('POST', '/api-keys', { body: { name, requireSecret, ...expiresAt } }))
})

const Replacement = IdParams.extend({
  overlapSeconds: z.coerce.number().pipe(RotateApiKey.shape.overlapSeconds.unwrap()),
  life: z.union([z.literal(longest), Days]).optional(),
})

export const replaceKey = formAction(Replacement, async ({ id, overlapSeconds, life }) => {
  const expiresAt = life === undefined ? {} : { expiresAt: life === longest ? null : afterDays(life) }
  return shownOnce(await api<ApiKeyCreated>('POST', `/api-keys/${id}/rotate`, { body: { overlapSeconds, ...expiresAt } }))
})

export const changeKey = formAction(IdParams.extend({ name: Name(100), requireSecret: Checked }), async ({ id, ...body }) => {
  await api('PATCH', `/api-keys/${id}`, { body })
  refresh()
})

export const revokeKey = formAction(IdParams, async ({ id }) => {
  await api('POST', `/api-keys/${id}/revoke`)
  refresh()
})

const afterDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()

/** The secret goes to the browser in the answer to this one request, and nowhere else. */
function shownOnce({ apiKey, apiSecret }: ApiKeyCreated): FormState {
  refresh()
  return { status: 'done', result: { name: apiKey.name, apiKey: apiKey.key, apiSecret } }
}
