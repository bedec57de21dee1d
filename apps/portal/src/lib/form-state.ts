/** What a form shows after it was sent. */
export interface FormState {
  status: 'idle' | 'done' | 'failed'
  message?: string
  code?: string
  requestId?: string | null
  /** By field name. */
  fieldErrors?: Record<string, string>
  /** What was typed, to be shown again. */
  values?: Record<string, string>
  /** Something to be shown once: a secret, a link. */
  result?: Record<string, string>
}

export const idle: FormState = { status: 'idle' }
