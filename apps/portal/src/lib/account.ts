import 'server-only'
import type { Account } from '@cvault/schema/account'
import { cache } from 'react'
import { api } from './api.ts'

/** Who is signed in, asked of the API once a request. Whoever is not goes to the sign-in page. */
export const readAccount = cache((): Promise<Account> => api<Account>('GET', '/account'))
