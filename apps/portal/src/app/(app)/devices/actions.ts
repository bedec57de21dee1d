'use server'

import { IdParams } from '@cvault/schema/common'
import { UpdateDevice } from '@cvault/schema/devices'
import { refresh } from 'next/cache'
import { formAction } from '../../../lib/action.ts'
import { api } from '../../../lib/api.ts'

export const renameDevice = formAction(IdParams.extend(UpdateDevice.shape), async ({ id, deviceName }) => {
  await api('PATCH', `/devices/${id}`, { body: { deviceName } })
  refresh()
  return { status: 'done', message: 'The device has its new name.' }
})

export const removeDevice = formAction(IdParams, async ({ id }) => {
  await api('DELETE', `/devices/${id}`)
  refresh()
})
