import { z } from 'zod'

/** A checkbox as a form sends it: `true`, or nothing at all. */
export const Checked = z
  .literal('true')
  .optional()
  .transform((value) => value === 'true')
