import { createServer } from 'node:net'

const attempts = 100

/** The port a variable names, or the first free one from the default on. A taken port that was asked for is an error. */
export async function choosePort(variable: string, defaultPort: number, taken: number[], host: string): Promise<number> {
  const asked = process.env[variable]
  if (asked) {
    const port = Number(asked)
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Error(`${variable} must be a port number from 1 to 65535; it is "${asked}"`)
    if (taken.includes(port) || !(await isFree(port, host)))
      throw new Error(`Port ${port} (${variable}) is taken: free it, or set ${variable} to another one`)
    return port
  }
  for (let port = defaultPort; port < defaultPort + attempts; port++) {
    if (!taken.includes(port) && (await isFree(port, host))) return port
  }
  throw new Error(`No free port from ${defaultPort} to ${defaultPort + attempts - 1}: set ${variable}`)
}

/** Whether nobody listens there. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
