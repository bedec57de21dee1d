import { isCVaultError } from '@cvault/sdk-js'
import type { FieldErrors } from './app-config.ts'

/** At which field of the configuration an error of the check belongs; none when it is neither's fault. */
export function fieldErrorsOf(error: unknown): FieldErrors {
  if (!isCVaultError(error)) return {}
  switch (error.code) {
    case 'INVALID_API_KEY':
      return { apiKey: 'The API does not know this key. Copy it again from the portal.' }
    case 'NETWORK_ERROR':
      return {
        baseUrl: `There is no answer. Is the address right, is the API running, and does it allow ${globalThis.location?.origin ?? 'this page'} (CORS_ORIGINS)?`,
      }
    case 'INVALID_RESPONSE':
    case 'NOT_FOUND':
      return { baseUrl: 'Something answers here, but it is not a CVault API. Check the address.' }
    case 'INVALID_OPTIONS':
      return error.message.startsWith('apiKey') ? { apiKey: error.message } : { baseUrl: error.message }
    default:
      return {}
  }
}
