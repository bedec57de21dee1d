'use server'

import { ContactSupport } from '@cvault/schema/settings'
import { formAction } from '../../../lib/action.ts'
import { api } from '../../../lib/api.ts'

export const writeToSupport = formAction(ContactSupport, async (input) => {
  await api('POST', '/support', { body: input })
})
