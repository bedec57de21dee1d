'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { formAction } from '../../lib/action.ts'
import { api } from '../../lib/api.ts'
import { endSession } from '../../lib/session.ts'

/** Signed out here first, whatever the API says: the cookie is what this browser has. */
export const signOut = formAction(z.object({}), async () => {
  // A token that ran out makes it a redirect, which would leave the cookie to whoever comes next.
  await api('POST', '/auth/logout').catch(() => undefined)
  await endSession()
  redirect('/login?reason=out')
})
