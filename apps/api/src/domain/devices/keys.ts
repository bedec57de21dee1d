import type { KeyPair } from '@cvault/wg/keys'
import { generateKeyPair, KeyError, parsePublicKey } from '@cvault/wg/keys'
import { AppError } from '../../errors.ts'

/** The pair a device gets, or the public half it sent: then nobody but the device has the private one. */
export function chooseKeys(sent: string | undefined): KeyPair | { publicKey: string; privateKey: null } {
  return sent === undefined ? generateKeyPair() : { publicKey: acceptPublicKey(sent), privateKey: null }
}

function acceptPublicKey(text: string): string {
  try {
    return parsePublicKey(text)
  } catch (error) {
    if (error instanceof KeyError) throw badPublicKey(error.message)
    throw error
  }
}

export const badPublicKey = (message: string): AppError =>
  new AppError('VALIDATION_FAILED', 'The public key is not usable; see errors.', { errors: [{ path: 'body.publicKey', message }] })

/** The same for a key of the caller's, of another tenant's, of a server, or one whose removal is not confirmed yet. */
export const publicKeyInUse = (): AppError =>
  new AppError(
    'PUBLIC_KEY_IN_USE',
    'This public key is in use, or was until a moment ago. Generate a new key pair on the device and send its public key.',
  )
