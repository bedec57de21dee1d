'use server'

import { isCVaultError } from '@cvault/sdk-js'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { formAction } from '../../lib/action.ts'
import { api } from '../../lib/api.ts'
import { endSession } from '../../lib/session.ts'

/** Signed out here first, whatever the API says: the cookie is what this browser has. */
export const signOut = formAction(z.object({}), async () => {
  try {
    await api('POST', '/auth/logout')
  } catch (error) {
    if (!isCVaultError(error)) throw error
  }
  await endSession()
  redirect('/login?reason=out')
})
