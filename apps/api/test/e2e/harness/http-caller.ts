import type { Problem } from '@cvault/schema/error-codes'

export type Answer<T> = { status: number; headers: Headers; body: T }
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** Somebody who calls the API with the headers that say who they are. */
export type Caller = {
  /** Whatever the API answers. */
  ask<T = Problem>(method: Method, path: string, body?: object): Promise<Answer<T>>
  /** The body of a 2xx answer; anything else throws with what the API said. */
  call<T>(method: Method, path: string, body?: object): Promise<T>
}

/** Plain HTTP, as any client would: no SDK, nothing of the API's own code. */
export function createCaller(baseUrl: string, headers: Record<string, string>): Caller {
  const ask = async <T>(method: Method, path: string, body?: object): Promise<Answer<T>> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    })
    const text = await response.text()
    const isJson = /^application\/([a-z]+\+)?json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T }
  }
  return {
    ask,
    call: async <T>(method: Method, path: string, body?: object) => {
      const answer = await ask<T>(method, path, body)
      if (answer.status < 200 || answer.status > 299)
        throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
      return answer.body
    },
  }
}
