import { SystemInfo } from '@cvault/schema/health'
import type { App } from '../app.ts'
import { readSystemInfo } from '../domain/system/read.ts'
import { operatorCtx } from '../plugins/auth.ts'

export async function system(app: App): Promise<void> {
  app.get(
    '/api/v1/system/info',
    {
      config: { access: 'operator' },
      schema: {
        tags: ['System'],
        summary: 'Version and sizes of this installation',
        operationId: 'getSystemInfo',
        response: { 200: SystemInfo },
      },
    },
    (request) => readSystemInfo(operatorCtx(request)),
  )
}
