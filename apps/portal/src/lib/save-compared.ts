import { isCVaultError } from '@cvault/sdk-js'

interface Steps<T, Conflicts> {
  read: () => Promise<{ now: T; etag: string | null }>
  /** What somebody else has changed to something else, by field. */
  compare: (now: T) => Conflicts
  write: (headers: Record<string, string>) => Promise<unknown>
}

/** Write onto exactly what was compared. Who was faster in between may have changed other fields: then it is compared anew. */
export async function saveCompared<T, Conflicts extends object>({ read, compare, write }: Steps<T, Conflicts>): Promise<Conflicts> {
  for (let attempt = 1; ; attempt += 1) {
    const { now, etag } = await read()
    const conflicts = compare(now)
    if (Object.keys(conflicts).length > 0) return conflicts
    try {
      await write(etag === null ? {} : { 'if-match': etag })
      return conflicts
    } catch (error) {
      if (attempt === 3 || !isCVaultError(error) || error.code !== 'PRECONDITION_FAILED') throw error
    }
  }
}
