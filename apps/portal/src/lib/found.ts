import 'server-only'
import { isCVaultError } from '@cvault/sdk-js'
import { notFound } from 'next/navigation'

/** What a page is about, or the not-found page: for an id of nobody, of another account, or that is none at all. */
export async function found<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (isCVaultError(error) && (error.code === 'NOT_FOUND' || error.code === 'VALIDATION_FAILED')) notFound()
    throw error
  }
}
