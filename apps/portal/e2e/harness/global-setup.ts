import startDatabase from '@cvault/api/test/global-setup.ts'
import type { TestProject } from 'vitest/node'
import { buildPortal } from '../../../../scripts/dev/portal.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built portal, the same that `npm start` serves. */
    portalFolder: string
  }
}

/** A database server for the run, and the portal as it is delivered: built once, and not again while its sources stay the same. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('portalFolder', await buildPortal())
  return startDatabase(project)
}
