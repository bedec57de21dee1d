import type { FastifySchemaCompiler } from 'fastify'
import { validatorCompiler as zodValidatorCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'

/** Fastify hands an absent body over as null; for a schema whose body is optional it is absent. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = (route) => {
  const validate = zodValidatorCompiler(route)
  return route.httpPart === 'body' ? (data: unknown) => validate(data ?? undefined) : validate
}
