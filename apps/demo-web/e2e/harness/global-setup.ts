import startDatabase from '@cvault/api/test/global-setup.ts'
import type { TestProject } from 'vitest/node'
import { buildDemo } from '../../../../scripts/dev/demo.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built app, the same that `npm start` serves. */
    demoFolder: string
  }
}

/** A database server for the run, and the app as it is delivered: built once, and not again while its sources stay the same. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('demoFolder', await buildDemo())
  return startDatabase(project)
}
