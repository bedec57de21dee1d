import { AuditQuery } from '@cvault/schema/audit'
import { dayRange, FilterDay } from '../../../lib/day-range.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { type Query, readQuery } from '../../../lib/read-query.ts'

const { actorId, action, targetId, result, cursor } = AuditQuery.shape
const fields = { actorId, action, targetId, result, from: FilterDay, to: FilterDay, cursor }

/** The filters of the audit log's URL: of the page, and of the file that is made of it. */
export const readAuditQuery = (params: Awaited<PageProps['searchParams']>): ReturnType<typeof readQuery<keyof typeof fields>> =>
  readQuery(fields, params)

/** As the API takes them. */
export const toApiQuery = (query: Query<keyof typeof fields>): Query<keyof typeof fields> => ({ ...query, ...dayRange(query) })
