import { dictionary } from '@zxcvbn-ts/language-common'

const minLength = 8 // shorter ones are refused for their length

const common = new Set(dictionary['passwords-common'].filter((password) => password.length >= minLength))

/** Whether the password, whatever its case, is among the some 20 000 that guessers try first. */
export const isCommonPassword = (password: string): boolean => common.has(password.toLowerCase())
