import { AuditFilter, AuditList, AuditQuery } from '@cvault/schema/audit'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { csvStream } from '../../csv.ts'
import { auditCsvHeader, auditCsvRows, listAudit } from '../../domain/audit/read.ts'
import { memberCtx } from '../../plugins/auth.ts'

const config = { access: 'audit:read' } as const
const tags = ['Portal: audit']
const Csv = z.string().meta({ description: 'RFC 4180, with a header' })

export const tenantAudit: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/audit',
    { config, schema: { tags, summary: 'The audit log, newest first', querystring: AuditQuery, response: { 200: AuditList } } },
    async (request) => listAudit(memberCtx(request), request.query),
  )

  app.get(
    '/audit.csv',
    {
      config,
      schema: {
        tags,
        summary: 'The audit log as a file',
        operationId: 'exportAudit',
        querystring: AuditFilter,
        response: { 200: { description: 'The file', content: { 'text/csv': { schema: Csv } } } },
      },
    },
    async (request, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="audit.csv"')
        .send(csvStream(auditCsvHeader, auditCsvRows(memberCtx(request), request.query)) as unknown as string),
  )
}
