import 'server-only'
import { isCVaultError } from '@cvault/sdk-js'
import type { z } from 'zod'
import type { FormState } from './form-state.ts'
import { readSession } from './session.ts'

/** A server action as `useActionState` takes it. */
export type FormAction = (state: FormState, form: FormData) => Promise<FormState>

/**
 * Make a server action of a form: the form's proof of its session is checked, its fields are parsed once, and what goes wrong comes
 * back beside the field it is about. The API checks all of it again.
 */
export function formAction<T>(schema: z.ZodType<T>, run: (input: T) => Promise<FormState | void>): FormAction {
  return async (_state, form) => {
    const session = await readSession()
    if (session && form.get('csrf') !== session.csrf)
      return { status: 'failed', message: 'This form is from an earlier sign-in. Load the page again, then send it once more.' }
    const fields = fieldsOf(form)
    const values = withoutSecrets(fields)
    const parsed = schema.safeParse(fields)
    if (!parsed.success) {
      const fieldErrors = Object.fromEntries(parsed.error.issues.toReversed().map((issue) => [issue.path.join('.'), messageOf(issue)]))
      return { status: 'failed', message: 'Some fields need another look.', fieldErrors, values }
    }
    try {
      return (await run(parsed.data)) ?? { status: 'done' }
    } catch (error) {
      if (!isCVaultError(error)) throw error // redirect() among them
      return { ...failureOf(error), values }
    }
  }
}

/** Zod's own words are a developer's. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return 'is missing'
  if (issue.code === 'too_small' && issue.origin === 'string') return `must be at least ${issue.minimum} characters`
  if (issue.code === 'too_big' && issue.origin === 'string') return `must be at most ${issue.maximum} characters`
  return issue.message
}

const noAnswer = 'The API does not answer right now. Look whether it was done, then try again in a moment.'

/** In place of what the API says to programs. */
const ours: Record<string, string> = {
  PRECONDITION_FAILED: 'Somebody else changed this at the same moment, so nothing of yours was saved. Send it once more.',
}

/** What a person is told of an error of the API. */
function failureOf(error: {
  message: string
  code: string
  status: number
  requestId: string | null
  errors: { path: string; message: string }[]
}): FormState {
  const fieldErrors = Object.fromEntries(error.errors.map(({ path, message }) => [path.replace(/^body\./, ''), message]))
  // What is said of a connection names addresses of ours; whether the API did it is not known.
  const isAnswered = error.status !== 0 && error.code !== 'INVALID_RESPONSE'
  const message = isAnswered ? (ours[error.code] ?? error.message) : noAnswer
  // For support to look up. What a person can mend needs none.
  const requestId = error.status >= 500 ? error.requestId : null
  return { status: 'failed', message, code: error.code, requestId, fieldErrors }
}

/** Empty fields count as not there; a name that ends in `[]` is a list. React's own fields are no input. */
function fieldsOf(form: FormData): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {}
  for (const [name, value] of form) {
    if (name.startsWith('$ACTION') || name === 'csrf' || typeof value !== 'string') continue
    if (name.endsWith('[]')) fields[name.slice(0, -2)] = form.getAll(name).filter((item) => typeof item === 'string')
    else if (value !== '') fields[name] = value
  }
  return fields
}

/** For filling the form again: never what must not stand in a page. */
function withoutSecrets(fields: Record<string, string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (typeof value === 'string' && !isSecret(name) ? [[name, value]] : [])),
  )
}

/** Whether one is required is none itself. */
const isSecret = (name: string): boolean => /password|code|token|secret/i.test(name) && !name.startsWith('require')
