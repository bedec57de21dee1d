import { z } from 'zod'

/** What zod says of a value, in words that follow the field's name: "is required", "must be a number". */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input !== undefined) return `must be ${withArticle(issue.expected)}`
      return issue.expected === 'object' ? 'is required: send a JSON object' : 'is required'
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`
    case 'too_small':
      return limit(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)
    case 'too_big':
      return limit(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)
    case 'invalid_format':
      return formats[issue.format]
    default:
      return undefined
  }
}

const formats: Record<string, string> = { uuid: 'must be a UUID', datetime: 'must be a time such as 2026-01-31T12:00:00Z' }

function withArticle(type: string): string {
  const name = type === 'int' ? 'integer' : type
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`
}

function limit(origin: string, bound: string, value: number | bigint): string {
  if (origin === 'string') return `must have ${bound} ${value} character${value === 1 ? '' : 's'}`
  if (origin === 'array' || origin === 'set') return `must have ${bound} ${value} item${value === 1 ? '' : 's'}`
  return `must be ${bound} ${value}`
}

// zod asks this one where a schema has no message of its own.
z.config({ customError: describeIssue })
