import { z } from 'zod'

/** Lower case whatever was sent: an id is also part of what a secret is sealed to. */
export const Id = z.uuid().toLowerCase().meta({ description: 'UUID (v7)' })
export const Timestamp = z.iso.datetime().meta({ description: 'RFC 3339, UTC' })

/** A moment that is sent: PostgreSQL has no year 0. */
export const Moment = z.iso.datetime().refine((text) => !text.startsWith('0000'), 'must be in the year 1 or later')

/** Bytes as a JSON integer; exact to 2^53 − 1 (9 PB). */
export const Bytes = z.number().int().nonnegative()

/** Text a person gave a thing: no control characters, no half surrogate pairs (all are stored alike), trimmed, not empty. */
export const Name = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    // eslint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]*$/u, 'must not hold control characters or line breaks')

export const IdParams = z.strictObject({ id: Id })

/** Keyset paging: `nextCursor` of one page is `cursor` of the next; null when there is no more. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9_-]+$/, 'is not a cursor of ours')
    .optional(),
})
export type PageQuery = z.infer<typeof PageQuery>

export const NextCursor = z.string().nullable()

/** Region name, e.g. `us-east`. */
export const Region = z
  .string()
  .min(2)
  .max(50)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and dashes, e.g. us-east')

/** Whether the server was seen to hold the peer when the answer was made (`applied`) or will soon (`pending`). */
export const Provisioning = z.enum(['applied', 'pending'])
export type Provisioning = z.infer<typeof Provisioning>
