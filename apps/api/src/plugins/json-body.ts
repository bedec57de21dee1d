import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { AppError } from '../errors.ts'

const maxDepth = 32

/** The only body there is: UTF-8 JSON, said to be that, without `__proto__`, not absurdly deep. An empty one is no body. */
export const jsonBody = fastifyPlugin(async (app: FastifyInstance) => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') return done(null, undefined)
    if (isTooDeep(body)) return done(new AppError('BAD_REQUEST', `The body is nested more than ${maxDepth} levels deep.`))
    return parse(request, body, done)
  })

  // The framework's own matching is lenient (parameters, tabs, charsets it would not decode).
  app.addHook('preParsing', async (request) => {
    const type = request.headers['content-type']
    if (type === undefined || /^(GET|HEAD|OPTIONS|TRACE)$/.test(request.method)) return
    if (!/^application\/json *(; *charset="?utf-8"?)?$/i.test(type.trim()))
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as Content-Type: application/json.')
  })
})

function isTooDeep(text: string): boolean {
  let depth = 0
  let isString = false
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index)
    if (isString) {
      if (char === 0x5c) index += 1
      else if (char === 0x22) isString = false
    } else if (char === 0x22) isString = true
    else if (char === 0x7b || char === 0x5b) {
      depth += 1
      if (depth > maxDepth) return true
    } else if (char === 0x7d || char === 0x5d) depth -= 1
  }
  return false
}
