import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import startDatabase from '../../../../../apps/api/test/global-setup.ts'
import { installTarball, packSdk } from './pack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** What would be published. */
    tarball: string
    /** A folder of a customer's, with the tarball installed by npm. */
    consumer: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cvault-sdk-compat-'))
  const tarball = await packSdk(folder)
  const consumer = path.join(folder, 'consumer')
  await installTarball(consumer, tarball)
  project.provide('tarball', tarball)
  project.provide('consumer', consumer)
  const stopDatabase = await startDatabase(project)
  return async () => {
    await stopDatabase()
    await rm(folder, { recursive: true, force: true })
  }
}
