/** The settings of one page, by field. */
export type Values = Record<string, string | number | boolean | null>

/** What is wanted otherwise than it was when the page was loaded. The rest is not sent: somebody else may have changed it since. */
export function changesOf(was: Values, wanted: Values): Values {
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => value !== was[name]))
}

/** Of these changes, those to what somebody else has changed meanwhile to something else: by field, what it says now. */
export function conflictsOf(was: Values, changes: Values, now: Values): Values {
  return Object.fromEntries(
    Object.entries(changes).flatMap(([name, value]) => (now[name] !== was[name] && now[name] !== value ? [[name, now[name] ?? null]] : [])),
  )
}

/** Whether a form says something else than what is saved: nothing is empty, no is a box that is not ticked. */
export function isChanged(saved: Values, form: FormData): boolean {
  return Object.entries(saved).some(([name, value]) => {
    const typed = form.get(name)
    return typeof value === 'boolean'
      ? (typed === 'true') !== value
      : (typeof typed === 'string' ? typed.trim() : '') !== String(value ?? '')
  })
}
