import { dictionary } from '@zxcvbn-ts/language-common'
import { AppError } from '../errors.ts'

const minLength = 8 // shorter ones are refused for their length

const common = new Set(dictionary['passwords-common'].filter((password) => password.length >= minLength))

/** Whether the password, whatever its case, is among the some 20 000 that guessers try first. */
const isCommonPassword = (password: string): boolean => common.has(password.toLowerCase())

/** `field`: where the body has it. */
export function assertUncommonPassword(password: string, field = 'password'): void {
  if (!isCommonPassword(password)) return
  throw new AppError('VALIDATION_FAILED', 'The password is among the first that guessers try. Choose another.', {
    errors: [{ path: `body.${field}`, message: 'is too common; choose another' }],
  })
}
