import { join, relative } from 'node:path'
import { nodePath, root, step } from '../prepare.mjs'
import { keptBuild } from './kept-build.ts'

/** Folder of the portal. */
export const portalApp = join(root, 'apps/portal')

const next = 'node_modules/next/dist/bin/next'
const isSource = (path: string): boolean =>
  !/(^|\/)(node_modules|\.next|dist|e2e|test|coverage)(\/|$)|\.test\.tsx?$|\/next-env\.d\.ts$|\/vitest\.[\w.]*ts$/.test(path)

/** Build the portal unless these sources were built before; answers the folder of the build. */
export function buildPortal(): Promise<string> {
  return keptBuild({
    builds: join(portalApp, 'node_modules/.cache/cvault'),
    sources: [
      'scripts/dev/portal.ts',
      'apps/portal',
      'packages/ui',
      'packages/schema',
      'packages/sdk-js',
      'pnpm-lock.yaml',
      'tsconfig.base.json',
    ],
    isSource,
    make: async (folder) => {
      await step('Building the portal (half a minute or more, once)', nodePath, [next, 'build'], {
        cwd: portalApp,
        env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NEXT_DIST_DIR: relative(portalApp, folder) },
      })
    },
  })
}

/** What to run to have the portal answer at this address from that build. It gets no secret but its own: no database, no keys. */
export function portalProgram(folder: string, { hostname, port }: URL, env: Record<string, string | undefined>) {
  const { PATH, HOME } = process.env
  const host = hostname.replaceAll(/[[\]]/g, '')
  const fixed = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NEXT_DIST_DIR: relative(portalApp, folder) } as const
  return {
    args: [next, 'start', '--hostname', process.env.HOST ?? host, '--port', port],
    cwd: portalApp,
    env: { PATH, HOME, ...env, ...fixed },
  }
}
