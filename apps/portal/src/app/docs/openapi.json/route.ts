import { env } from '../../../lib/env.ts'
import { readSpecification } from '../_parts/specification.ts'

/** The API's own description, as a tenant needs it. */
export async function GET(): Promise<Response> {
  const { API_URL, PUBLIC_API_URL } = env()
  const specification = await readSpecification(API_URL, PUBLIC_API_URL ?? API_URL)
  if (specification === null)
    return Response.json({ error: 'The API does not answer, so its description cannot be read.' }, { status: 502 })
  return Response.json(specification, { headers: { 'cache-control': 'public, max-age=300' } })
}
