import { z } from 'zod'
import { env } from '../../../lib/env.ts'
import { readSpecification } from '../_parts/specification.ts'

const Part = z.enum(['apps', 'portal', 'all']).catch('all')

/** The API's own description, as a tenant needs it. */
export async function GET(request: Request): Promise<Response> {
  const { API_URL, PUBLIC_API_URL } = env()
  const part = Part.parse(new URL(request.url).searchParams.get('part'))
  const specification = await readSpecification(API_URL, PUBLIC_API_URL ?? API_URL, part)
  if (specification === null)
    return Response.json({ error: 'The API does not answer, so its description cannot be read.' }, { status: 502 })
  // Not for shared caches: the answer may carry a renewed session cookie.
  return Response.json(specification, { headers: { 'cache-control': 'private, max-age=300' } })
}
