export interface Answer<T> {
  status: number
  body: T
}

const timeoutMs = 10_000

/** Call the API with JSON; statuses listed in `accept` are answers, every other failure is an error that shows the problem. */
export async function call<T>(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
    accept = [],
  }: { method?: string; headers?: Record<string, string>; body?: unknown; accept?: number[] } = {},
): Promise<Answer<T>> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await response.text()
  if (!response.ok && !accept.includes(response.status)) throw new Error(`${method} ${url} answered ${response.status}: ${text}`)
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T }
}
